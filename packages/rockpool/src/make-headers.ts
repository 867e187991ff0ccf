/** Header fields for common wishes, as urllib3's `make_headers`. Values are made here; where they are sent is not known. */
import * as zlib from 'node:zlib'
import { OptionsError } from '@rockpool/core'
import { basicAuthorization, nearestName } from '@rockpool/core/plugin'

/** User name and password: `'user:password'`, or both apart. */
export type BasicCredentials = string | { readonly username: string; readonly password: string }

/** The wishes of `makeHeaders`. */
export interface MakeHeadersOptions {
  /** `Connection: keep-alive`. HTTP/1.1 keeps alive anyway. Default false. */
  readonly keepAlive?: boolean | undefined
  /** `Accept-Encoding`: codings, or `true` for all that can be decoded, which is also what is sent without. */
  readonly acceptEncoding?: boolean | string | readonly string[] | undefined
  /** `User-Agent`. */
  readonly userAgent?: string | undefined
  /** `Authorization`, RFC 7617, in UTF-8. */
  readonly basicAuth?: BasicCredentials | undefined
  /** `Proxy-Authorization`, RFC 7617, in UTF-8. For `proxyHeaders`; a proxy's URL may also hold it. */
  readonly proxyBasicAuth?: BasicCredentials | undefined
  /** `Cache-Control: no-cache`. Default false. */
  readonly disableCache?: boolean | undefined
}

/** What core asks for by itself; a test compares the two. */
const ALL_CODINGS: string = 'createZstdDecompress' in zlib ? 'gzip, deflate, br, zstd' : 'gzip, deflate, br'

type Wish = keyof MakeHeadersOptions
type Maker = (value: unknown, path: Wish) => readonly [name: string, value: string] | undefined

const MAKERS: { readonly [Name in Wish]-?: Maker } = {
  keepAlive: (value, path) => (flag(value, path) ? ['connection', 'keep-alive'] : undefined),
  acceptEncoding: (value, path) => {
    if (Array.isArray(value)) return ['accept-encoding', value.map((each) => text(each, path)).join(', ')]
    if (typeof value === 'string') return ['accept-encoding', value]
    return flag(value, path) ? ['accept-encoding', ALL_CODINGS] : undefined
  },
  userAgent: (value, path) => ['user-agent', text(value, path)],
  basicAuth: (value, path) => ['authorization', basic(value, path)],
  proxyBasicAuth: (value, path) => ['proxy-authorization', basic(value, path)],
  disableCache: (value, path) => (flag(value, path) ? ['cache-control', 'no-cache'] : undefined),
}

/**
 * Makes header fields for common wishes. urllib3: `make_headers`.
 *
 * @throws {OptionsError} an option is unknown or not acceptable
 * @example
 * ```ts
 * await request('GET', url, { headers: makeHeaders({ basicAuth: 'user:secret', disableCache: true }) })
 * ```
 */
export function makeHeaders(options: MakeHeadersOptions = {}): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(MAKERS, name)) throw unknownWish(name)
    if (value === undefined) continue
    const field = MAKERS[name as Wish](value, name as Wish)
    if (field !== undefined) headers[field[0]] = field[1]
  }
  return headers
}

function unknownWish(name: string): OptionsError {
  const similar = nearestName(name, Object.keys(MAKERS))
  const hint = similar === undefined ? '' : `; did you mean "${similar}"?`
  return new OptionsError(`unknown makeHeaders option "${name}"${hint}`, { path: name })
}

function flag(value: unknown, path: Wish): boolean {
  if (typeof value !== 'boolean') throw refusal(path, 'must be true or false')
  return value
}

function text(value: unknown, path: Wish): string {
  if (typeof value !== 'string') throw refusal(path, 'must be a string')
  return value
}

function basic(value: unknown, path: Wish): string {
  const pair = typeof value === 'string' ? split(value, path) : (value as Record<string, unknown> | null)
  if (typeof pair?.username !== 'string' || typeof pair.password !== 'string') {
    throw refusal(path, 'must be "user:password" or { username, password }')
  }
  return basicAuthorization({ username: pair.username, password: pair.password })
}

function split(value: string, path: Wish): { username: string; password: string } {
  const colon = value.indexOf(':')
  if (colon < 0) throw refusal(path, 'must be "user:password" or { username, password }')
  return { username: value.slice(0, colon), password: value.slice(colon + 1) }
}

function refusal(path: Wish, problem: string): OptionsError {
  return new OptionsError(`makeHeaders: option ${path}: ${problem}`, { path })
}
