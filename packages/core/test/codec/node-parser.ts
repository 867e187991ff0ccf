/** What Node's own parser reads from the same bytes, and what we read, in the same words. */
import { request } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { type ResponseCase, responseCases } from './catalogue.js'
import { type Exchange, responseLog, whole } from './event-log.js'

/**
 * What can be compared. Left out: switches of protocol, which node:http hands to events of their own; limits set per case; a
 * request's own options.
 */
export const comparable: readonly ResponseCase[] = responseCases
  .filter((row) => !['upgrades', 'tunnels'].includes(row.group))
  .filter((row) => row.begin === undefined && row.limits === undefined)

/** Why the two read a case differently, and for which major versions of Node. */
export interface NodeDifference {
  readonly reason: string
  /** From this version on; default: every one. */
  readonly from?: number
  /** Before this version only; default: every one. */
  readonly before?: number
}

/** Whether a difference is true of a version such as `20.19.0`. */
export function differs(difference: NodeDifference | undefined, version: string): boolean {
  if (difference === undefined) return false
  const major = Number.parseInt(version, 10)
  return major >= (difference.from ?? 0) && major < (difference.before ?? Number.POSITIVE_INFINITY)
}

/** A server that answers with bytes, and closes. */
export interface NodePeer {
  readonly port: number
  reply: Buffer
  close(): void
}

/** Starts one. */
export async function startNodePeer(): Promise<NodePeer> {
  const server: Server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.end(peer.reply))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const peer: NodePeer = {
    port: (server.address() as AddressInfo).port,
    reply: Buffer.alloc(0),
    close: () => void server.close(),
  }
  return peer
}

/** What `node:http` reads: the final response, or that it was refused. */
export function nodeReading(peer: NodePeer, exchange: Exchange): Promise<string[]> {
  peer.reply = Buffer.from(exchange.bytes, 'latin1')
  return new Promise((resolve) => {
    const outgoing = request(
      {
        host: '127.0.0.1',
        port: peer.port,
        method: exchange.method ?? 'GET',
        agent: false,
        maxHeaderSize: 65_536,
      },
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
    outgoing.on('upgrade', (_, socket) => {
      socket.destroy()
      resolve(['switched'])
    })
    outgoing.on('error', () => resolve(['refused']))
    outgoing.end()
  })
}

/** The same of our codec. Whether the connection goes on is not told: the peer closes it. */
export function ourReading(exchange: Exchange): string[] {
  const { lateBytes: _, ...own } = exchange
  const log = responseLog({ ...own, serverEnds: true }, whole)
  if (log.some((line) => line.startsWith('error'))) return ['refused']
  const start = log.findIndex((line) => line.startsWith('head '))
  if (start < 0) return ['switched']
  return log
    .slice(start)
    .filter((line) => !/^(?:end|then .*)$/.test(line))
    .map((line) => line.replace(/^head (.*?); (?:none|chunked|until-close|length \d+); .*$/s, '$1'))
}
