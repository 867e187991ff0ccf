// The same responses through Node's own parser, over a real loopback socket. Where the two disagree, the reason is written
// down in test/data/node-differences.json; a disagreement without one is a mistake in one of the two, to be looked at.
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Exchange, responseLog, whole } from '../../test/codec/event-log.js'

interface Row extends Omit<Exchange, 'bytes'> {
  readonly id: string
  readonly note: string
  readonly bytes: string | readonly (string | readonly [string, number])[]
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../test/data/${name}`, import.meta.url), 'utf8'))
const differences = read('node-differences.json') as Record<string, string>
// Left out: switches of protocol, which node:http hands to events of their own; limits set per case; a request's own options.
const rows = (read('responses.json') as Row[])
  .map(({ lateBytes: _, ...row }) => row as Row)
  .filter(
    (row) =>
      row.method !== 'CONNECT' &&
      row.begin === undefined &&
      row.limits === undefined &&
      !row.id.startsWith('U'),
  )

describe("Node's parser", () => {
  let server: Server
  let reply = Buffer.alloc(0)

  beforeAll(async () => {
    server = createServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => socket.end(reply))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })
  afterAll(() => {
    server.close()
  })

  it.each(rows)('$note ($id)', async (row) => {
    const bytes = expand(row.bytes)
    reply = Buffer.from(bytes, 'latin1')
    const node = await nodeLog((server.address() as AddressInfo).port, row.method ?? 'GET')
    const ours = summary(responseLog({ ...row, bytes, serverEnds: true }, whole))
    if (differences[row.id] === undefined) expect(ours).toEqual(node)
  })

  it('is the measure only where a reason is not given', () => {
    const known = new Set(rows.map((row) => row.id))
    for (const [id, reason] of Object.entries(differences)) {
      expect(known.has(id), `${id} is no longer a case`).toBe(true)
      expect(reason.length).toBeGreaterThan(20)
    }
  })
})

function nodeLog(port: number, method: string): Promise<string[]> {
  return new Promise((resolve) => {
    const outgoing = request(
      { host: '127.0.0.1', port, method, agent: false, maxHeaderSize: 65_536 },
      (response) => {
        const body: Buffer[] = []
        response.on('data', (chunk: Buffer) => body.push(chunk))
        response.on('error', () => resolve(['refused']))
        response.on('end', () => {
          if (!response.complete) return
          const lines = [`${response.httpVersion} ${response.statusCode} ${response.statusMessage}`]
          for (let i = 0; i < response.rawHeaders.length; i += 2)
            lines.push(`field ${response.rawHeaders[i]}: ${response.rawHeaders[i + 1]}`)
          if (body.length > 0) lines.push(`body ${Buffer.concat(body).toString('latin1')}`)
          for (let i = 0; i < response.rawTrailers.length; i += 2)
            lines.push(`trailer ${response.rawTrailers[i]}: ${response.rawTrailers[i + 1]}`)
          resolve(lines)
        })
      },
    )
    outgoing.on('error', () => resolve(['refused']))
    outgoing.end()
  })
}

// Only the final response, in the words of nodeLog.
function summary(log: readonly string[]): string[] {
  if (log.some((line) => line.startsWith('error'))) return ['refused']
  const start = log.findIndex((line) => line.startsWith('head '))
  return log
    .slice(start)
    .filter((line) => !/^(?:end|then .*)$/.test(line))
    .map((line) => line.replace(/^head (.*?); (?:none|chunked|until-close|length \d+); .*$/s, '$1'))
}

function expand(bytes: Row['bytes']): string {
  if (typeof bytes === 'string') return bytes
  return bytes.map((piece) => (typeof piece === 'string' ? piece : piece[0].repeat(piece[1]))).join('')
}
