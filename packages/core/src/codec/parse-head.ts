/**
 * Turns a judged head into strings.
 *
 * Rule: one latin1 string for the whole section, names and values cut out of it; latin1 because field values are octets
 * (RFC 9110 §5.5) and every octet must survive. Nothing is validated here: only what scan-head.ts accepted is read.
 * Neighbours: scan-head.ts found the spans, head-fields.ts takes the lines that matter. Must not know: states, framing.
 */
import { FieldLines } from './field-lines.js'
import { type HeadFields, maySteerResponse } from './head-fields.js'
import { type HeadScanner, spans } from './scan-head.js'

/** The lines of the section just scanned, `[name, value, name, value…]`; `text` is the section. Fields that matter go to `fields`. */
export function readFieldLines(text: string, scanner: HeadScanner, fields: HeadFields | undefined): string[] {
  const raw: string[] = []
  const end = 4 * scanner.lines
  for (let span = 0; span < end; span += 4) {
    const name = text.slice(spans[span], spans[span + 1])
    const value = text.slice(spans[span + 2], spans[span + 3])
    raw.push(name, value)
    if (fields !== undefined) fields.add(name, value)
  }
  return raw
}

/**
 * As much of a response head as its framing and persistence need: the fields that matter go to `fields`, the rest stays text
 * until somebody asks for it.
 */
export function skimFieldLines(text: string, scanner: HeadScanner, fields: HeadFields): FieldLines {
  const end = 4 * scanner.lines
  for (let span = 0; span < end; span += 4) {
    const start = spans[span]!
    const nameEnd = spans[span + 1]!
    if (maySteerResponse(nameEnd - start))
      fields.add(text.slice(start, nameEnd), text.slice(spans[span + 2], spans[span + 3]))
  }
  return new FieldLines(text, end === 0 ? text.length : spans[0]!)
}

/** A reason phrase; the common one needs no new string. */
export function readReason(text: string, start: number, end: number): string {
  if (end - start === 2 && text.charCodeAt(start) === 0x4f && text.charCodeAt(start + 1) === 0x4b) return 'OK'
  return text.slice(start, end)
}
