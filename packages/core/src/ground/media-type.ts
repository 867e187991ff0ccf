// A content type for a file that came without one, by its extension.
//
// Rule: short on purpose. It serves the parts of a form, where a wrong guess is worse than none; what is not listed is
// `application/octet-stream`. A caller who cares gives the type.
//
// Neighbours: form-body.ts. Must not know: file systems.

const TYPES: ReadonlyMap<string, string> = new Map([
  ['css', 'text/css'],
  ['csv', 'text/csv'],
  ['gif', 'image/gif'],
  ['gz', 'application/gzip'],
  ['htm', 'text/html'],
  ['html', 'text/html'],
  ['jpeg', 'image/jpeg'],
  ['jpg', 'image/jpeg'],
  ['js', 'text/javascript'],
  ['json', 'application/json'],
  ['md', 'text/markdown'],
  ['mjs', 'text/javascript'],
  ['mp3', 'audio/mpeg'],
  ['mp4', 'video/mp4'],
  ['pdf', 'application/pdf'],
  ['png', 'image/png'],
  ['svg', 'image/svg+xml'],
  ['txt', 'text/plain'],
  ['wasm', 'application/wasm'],
  ['webp', 'image/webp'],
  ['xml', 'application/xml'],
  ['zip', 'application/zip'],
])

/** The type when nothing better is known (RFC 2046 §4.5.1). */
export const OCTET_STREAM = 'application/octet-stream' as const

/** The media type that a file name's extension stands for. */
export function mediaTypeOf(filename: string): string {
  const dot = filename.lastIndexOf('.')
  return (dot < 0 ? undefined : TYPES.get(filename.slice(dot + 1).toLowerCase())) ?? OCTET_STREAM
}
