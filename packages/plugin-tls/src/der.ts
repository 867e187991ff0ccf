/**
 * Reads DER (X.690 §10) as far as a certificate needs it: tag, length, content.
 *
 * Node shows a certificate's names as text only, in which a name from a hostile certificate can imitate several
 * (CVE-2021-44532); read from the bytes, every name is exactly one. Anything unusual throws: what cannot be read is
 * not trusted.
 */

/** One element. `end` is where the next one begins. */
export interface DerElement {
  readonly tag: number
  /** Where the element begins, its tag included. */
  readonly start: number
  readonly contentStart: number
  readonly end: number
}

/** Tags used in certificates. */
export const DER_TAG = {
  integer: 0x02,
  octetString: 0x04,
  oid: 0x06,
  sequence: 0x30,
  context0: 0xa0,
  context3: 0xa3,
} as const

/**
 * Reads the element at `offset`, which has to end before `limit`.
 *
 * @throws {RangeError} the bytes are not DER
 */
export function readDer(bytes: Uint8Array, offset: number, limit: number = bytes.length): DerElement {
  const tag = byteAt(bytes, offset, limit)
  if ((tag & 0x1f) === 0x1f) throw new RangeError('a multi-byte tag')
  const first = byteAt(bytes, offset + 1, limit)
  let length = first
  let contentStart = offset + 2
  if (first >= 0x80) {
    const count = first & 0x7f
    if (count === 0 || count > 4) throw new RangeError('a length of unsupported form')
    length = 0
    for (let index = 0; index < count; index++)
      length = length * 256 + byteAt(bytes, contentStart + index, limit)
    contentStart += count
  }
  const end = contentStart + length
  if (end > limit) throw new RangeError('an element longer than what holds it')
  return { tag, start: offset, contentStart, end }
}

/** The elements inside `parent`, in order. */
export function readChildren(bytes: Uint8Array, parent: DerElement): DerElement[] {
  const children: DerElement[] = []
  for (let offset = parent.contentStart; offset < parent.end; ) {
    const child = readDer(bytes, offset, parent.end)
    children.push(child)
    offset = child.end
  }
  return children
}

/**
 * The element at `index`, which has to carry `tag`.
 *
 * @throws {RangeError} it is missing or another one
 */
export function expectDer(elements: readonly DerElement[], index: number, tag: number): DerElement {
  const element = elements[index]
  if (element === undefined || element.tag !== tag) throw new RangeError('an element of another kind')
  return element
}

/** Whether the content of `element` is exactly `content` (latin1). */
export function contentIs(bytes: Uint8Array, element: DerElement, content: string): boolean {
  if (element.end - element.contentStart !== content.length) return false
  for (let index = 0; index < content.length; index++) {
    if (bytes[element.contentStart + index] !== content.charCodeAt(index)) return false
  }
  return true
}

function byteAt(bytes: Uint8Array, offset: number, limit: number): number {
  const byte = offset < limit ? bytes[offset] : undefined
  if (byte === undefined) throw new RangeError('the bytes end early')
  return byte
}
