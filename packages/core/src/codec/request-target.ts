/**
 * The four forms of a request target (RFC 9112 §3.2), checked before one is written.
 *
 * Rule: CONNECT takes the authority form and nothing else; `*` is for OPTIONS; every other target starts with `/` (origin
 * form) or names a scheme (absolute form, to a proxy). Visible ASCII only, no `#`: a space or a line end in a target would
 * start a second request. ground/url.ts has made targets clean long before; this is the last gate, so it refuses, never repairs.
 * Neighbours: write-head.ts, server-codec.ts. Must not know: hosts, urls.
 */
import { isRequestTarget } from '../ground/grammar.js'

/** Whether the target may stand in a request line with this method. */
export function isTargetFor(method: string, target: string): boolean {
  if (!isRequestTarget(target)) return false
  if (method === 'CONNECT') return isAuthority(target)
  if (target.charCodeAt(0) === 0x2f) return true
  return target === '*' ? method === 'OPTIONS' : hasScheme(target)
}

// RFC 9112 §3.2.3: host ":" port, the port never left out; no userinfo, no path.
function isAuthority(target: string): boolean {
  const colon = target.lastIndexOf(':')
  if (colon <= 0 || colon === target.length - 1) return false
  for (let i = colon + 1; i < target.length; i++) {
    const code = target.charCodeAt(i)
    if (code < 0x30 || code > 0x39) return false
  }
  const host = target.slice(0, colon)
  if (host.startsWith('[')) return host.endsWith(']')
  return !host.includes(':') && !host.includes('/') && !host.includes('@') && !host.includes('?')
}

// RFC 3986 §3.1, and only schemes with an authority.
function hasScheme(target: string): boolean {
  const end = target.indexOf('://')
  if (end <= 0 || end + 3 === target.length) return false
  for (let i = 0; i < end; i++) {
    const code = target.charCodeAt(i) | 0x20
    const letter = code >= 0x61 && code <= 0x7a
    if (!letter && (i === 0 || !isSchemeTail(target.charCodeAt(i)))) return false
  }
  return true
}

function isSchemeTail(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || code === 0x2b || code === 0x2d || code === 0x2e
}
