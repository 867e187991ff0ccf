// Responses as data: what comes over the wire, and what the codec must say about it, however the bytes are cut.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  byteByByte,
  type Exchange,
  responseLog,
  responseLogs,
  splitAt,
  whole,
} from '../../test/codec/event-log.js'

interface Row extends Omit<Exchange, 'bytes'> {
  readonly id: string
  readonly note: string
  readonly verdict: 'accept' | 'refuse' | 'accept, then close'
  /** Text, or pieces of text, some of them repeated: `[piece, times]`. */
  readonly bytes: string | readonly (string | readonly [string, number])[]
  readonly events: readonly string[]
}

const rows = JSON.parse(
  readFileSync(new URL('../../test/data/responses.json', import.meta.url), 'utf8'),
) as Row[]
// Content codings are not the codec's: it delivers what the rows that test them contain.
const ownRows = rows.filter((row) => !row.id.startsWith('Z'))
const MOST_SPLITS = 700

describe.each(rows)('$note ($id)', (row) => {
  const exchange: Exchange = { ...row, bytes: expand(row.bytes) }

  it('is read as told when it comes whole', () => {
    expect(responseLog(exchange, whole)).toEqual(row.events)
  })

  it('is read the same byte by byte', () => {
    expect(responseLog(exchange, byteByByte)).toEqual(row.events)
  })

  it('is read the same split anywhere', () => {
    const length = exchange.bytes.length
    const stride = Math.max(1, Math.floor(length / MOST_SPLITS))
    for (let offset = 1; offset < length; offset += stride) {
      expect(responseLog(exchange, splitAt(offset)), `split at ${offset}`).toEqual(row.events)
    }
  })
})

describe('the verdicts', () => {
  it.each(ownRows)('$note ($id): $verdict', (row) => {
    const refused = row.events.some((event) => event.startsWith('error'))
    const reused = row.events.includes('then reusable')
    if (row.verdict === 'refuse') expect(refused).toBe(true)
    else if (row.lateBytes !== undefined)
      expect(row.events.at(-1)).toMatch(/^error ProtocolError in head: unsolicited/)
    else expect(refused).toBe(false)
    if (row.verdict === 'accept, then close' && row.lateBytes === undefined) expect(reused).toBe(false)
  })
})

describe('bytes behind a response', () => {
  const evil = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL'
  it.each(rows.filter((row) => row.events.at(-1) === 'then reusable'))(
    'are never read: $note ($id)',
    (row) => {
      const log = responseLog({ ...row, bytes: expand(row.bytes) + evil + evil }, whole)
      expect(log).toEqual([...row.events.slice(0, -1), 'then dirty'])
    },
  )
})

describe('one connection', () => {
  const reused = rows.filter((row) => row.events.at(-1) === 'then reusable')

  it('carries nothing from one response into the next', () => {
    const exchanges = reused.map((row): Exchange => ({ ...row, bytes: expand(row.bytes) }))
    const expected = reused.flatMap((row) => row.events)
    for (const cut of [whole, byteByByte])
      expect(responseLogs([...exchanges, ...exchanges], cut)).toEqual([...expected, ...expected])
  })
})

function expand(bytes: Row['bytes']): string {
  if (typeof bytes === 'string') return bytes
  return bytes.map((piece) => (typeof piece === 'string' ? piece : piece[0].repeat(piece[1]))).join('')
}
