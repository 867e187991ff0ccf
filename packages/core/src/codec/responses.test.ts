// Responses as data: what comes over the wire, and what the codec must say about it, however the bytes are cut.
import { describe, expect, it } from 'vitest'
import { errorOf, isRefused, type ResponseCase, responseCases } from '../../test/codec/catalogue.js'
import {
  byteByByte,
  type Exchange,
  responseLog,
  responseLogs,
  splitAt,
  whole,
} from '../../test/codec/event-log.js'

// Beyond this many places a case is split at every n-th only: its bytes are repetitions. Mutants get fewer, and the long cases
// only whole.
const MOST_SPLITS = Number(process.env.ROCKPOOL_MOST_SPLITS ?? 700)
const cutCases =
  process.env.ROCKPOOL_MOST_SPLITS === undefined
    ? responseCases
    : responseCases.filter((row) => row.bytes.length < 4_096)

it.each(responseCases)('$group: $name: is read as told when it comes whole', (row) => {
  expect(responseLog(row, whole)).toEqual(row.events)
})

describe.each(cutCases)('$group: $name', (row) => {
  it('is read the same byte by byte', () => {
    expect(responseLog(row, byteByByte)).toEqual(row.events)
  })

  it('is read the same split anywhere', () => {
    const length = row.bytes.length
    const stride = Math.max(1, Math.floor(length / MOST_SPLITS))
    for (let offset = 1; offset < length; offset += stride) {
      expect(responseLog(row, splitAt(offset)), `split at ${offset}`).toEqual(row.events)
    }
  })
})

describe('the verdicts', () => {
  // Content codings are not the codec's: it delivers what the cases that test them contain.
  const own = responseCases.filter((row) => row.group !== 'content-codings')

  it.each(own)('$verdict: $group: $name', (row) => {
    const last = row.events.at(-1) ?? ''
    if (row.lateBytes !== undefined) {
      expect([row.verdict, last.split(':')[0]]).toEqual(['accept, then close', 'error ProtocolError in head'])
      return
    }
    expect(last.startsWith('error')).toBe(isRefused(row))
    if (row.verdict === 'accept') expect(last).toBe('then reusable')
    if (row.verdict === 'switch') expect(last).toBe('then switched')
    if (row.verdict === 'accept, then close' && !isKeptTooShort(row))
      expect(['then dirty', 'then done']).toContain(last)
    if (row.verdict === 'limit') expect(last).toMatch(/the limit of|size is too large/)
    if (row.verdict === 'incomplete')
      expect(last).toMatch(/^error (ProtocolError|IncompleteRead) in .*closed/)
    if (row.verdict === 'protocol error') {
      expect(last).not.toMatch(/the limit of|closed/)
      expect(errorOf(row)).toMatch(/^(ProtocolError|InvalidHeader|InvalidChunkLength) in (head|body)$/)
    }
  })

  it('are the whole catalogue, each case with a name of its own', () => {
    const names = responseCases.map((row) => `${row.group}: ${row.name}`)
    expect(new Set(names).size).toBe(names.length)
    expect(names.length).toBeGreaterThan(380)
  })
})

describe('bytes behind a response', () => {
  const evil = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL'
  it.each(responseCases.filter((row) => row.events.at(-1) === 'then reusable'))(
    'are never read: $group: $name',
    (row) => {
      const log = responseLog({ ...row, bytes: row.bytes + evil + evil }, whole)
      expect(log).toEqual([...row.events.slice(0, -1), 'then dirty'])
    },
  )
})

describe('one connection', () => {
  const reused: readonly (Exchange & ResponseCase)[] = responseCases.filter(
    (row) => row.events.at(-1) === 'then reusable',
  )

  it('carries nothing from one response into the next', () => {
    const expected = reused.flatMap((row) => row.events)
    for (const cut of [whole, byteByByte])
      expect(responseLogs([...reused, ...reused], cut)).toEqual([...expected, ...expected])
  })
})

/** A server's `Keep-Alive: timeout` is honoured less a second, so that up to a second keeps nothing. The pool's rule. */
function isKeptTooShort(row: ResponseCase): boolean {
  const hint = / for (\d+) ms$/m.exec(row.events[0] ?? '')?.[1]
  return hint !== undefined && Number(hint) <= 1_000
}
