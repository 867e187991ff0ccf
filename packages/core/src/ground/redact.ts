// Takes credentials out of text before it is printed.
//
// Rule: better to lose a harmless piece of a url than to print a password. A well-formed url loses exactly its userinfo
// (RFC 3986 §3.2.1); text that cannot be read as a url loses everything up to its last `@`.
//
// Neighbours: http-error.ts redacts every message and url; url.ts re-exports redactUrl for users.
// Must not know: how a url is otherwise parsed, and why somebody prints it.

const USERINFO_IN_TEXT = /(:\/\/)[^\s/?#"'<>`\\]*@/g

/**
 * Removes the userinfo of one url, keeping everything else as it is. Never throws.
 *
 * @example redactUrl('http://user:secret@host/path') // 'http://host/path'
 */
export function redactUrl(url: string): string {
  if (!url.includes('@')) return url
  const mark = url.indexOf('://')
  if (mark < 0) return redactUnparsed(url)
  const start = mark + 3
  const end = authorityEnd(url, start)
  const at = url.lastIndexOf('@', end)
  return at < start ? url : url.slice(0, start) + url.slice(at + 1)
}

/**
 * Removes what may be a password from text that is no valid url: all between the scheme, if there is one, and the last `@`.
 *
 * @example redactUnparsed('http://user:se/cret@host') // 'http://host'
 */
export function redactUnparsed(text: string): string {
  const at = text.lastIndexOf('@')
  if (at < 0) return text
  const mark = text.indexOf('://')
  return (mark >= 0 && mark < at ? text.slice(0, mark + 3) : '') + text.slice(at + 1)
}

/** Removes the userinfo of every url quoted inside a longer text. Linear: a run of userinfo ends at the next slash. */
export function redactText(text: string): string {
  return text.includes('@') && text.includes('://') ? text.replace(USERINFO_IN_TEXT, '$1') : text
}

/** The index at which the authority that begins at `start` ends (RFC 3986 §3.2: the next `/`, `?` or `#`). */
export function authorityEnd(url: string, start: number): number {
  for (let i = start; i < url.length; i++) {
    const c = url.charCodeAt(i)
    if (c === 0x2f || c === 0x3f || c === 0x23) return i
  }
  return url.length
}
