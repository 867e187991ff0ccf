/**
 * The head of a request as it goes over the wire: the fields of the request and those that core adds to every attempt, in
 * its order. Core writes them after the last hook, so whoever tells of them has to know them; a test holds this against
 * what a server received. Neighbours: report.ts and har-entry.ts show it.
 */
import { VERSION } from '@rockpool/core'
import type { HTTPRequest } from '@rockpool/core/plugin'
import { makeHeaders } from '../make-headers.js'

/** One line of a head. */
export type Line = readonly [name: string, value: string]

/** See the file's head. */
export interface SentHead {
  readonly method: string
  /** What stands in the request line: absolute where a proxy forwards. */
  readonly target: string
  readonly lines: readonly Line[]
}

/** RFC 9110 §8.6: no `Content-Length: 0` where the method does not anticipate content. */
const WITHOUT_CONTENT = ['GET', 'HEAD', 'DELETE', 'TRACE', 'OPTIONS', 'QUERY']
const ACCEPT_ENCODING = makeHeaders({ acceptEncoding: true })['accept-encoding'] ?? 'identity'

/** The head of an attempt that no tap will change any more. */
export function sentHead(request: HTTPRequest, form: 'origin' | 'absolute'): SentHead {
  const { method, headers, removedHeaders, body, origin } = request
  const added = (name: string, value: string | undefined): Line[] =>
    value === undefined || headers.has(name) || removedHeaders.has(name.toLowerCase()) ? [] : [[name, value]]
  return {
    method,
    target: form === 'absolute' ? request.url : request.target,
    lines: [
      ...added('Host', origin.hostHeader),
      ...added('Accept-Encoding', ACCEPT_ENCODING),
      ...framing(request),
      ...added('User-Agent', `rockpool/${VERSION}`),
      ...added('Content-Type', body.contentType),
      ...headers,
    ],
  }
}

function framing({ method, headers, body }: HTTPRequest): Line[] {
  if (headers.has('content-length') || headers.has('transfer-encoding')) return []
  if (body.length === undefined) return [['Transfer-Encoding', 'chunked']]
  const announced = body.kind !== 'none' || !WITHOUT_CONTENT.includes(method)
  return announced ? [['Content-Length', String(body.length)]] : []
}
