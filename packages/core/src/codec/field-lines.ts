/**
 * The field lines of a head that was accepted, taken apart when somebody looks.
 *
 * Rule: what decides framing and persistence has been read from the spans of the scanner (parse-head.ts); the rest of a
 * head is most often never looked at, or for one name of a dozen, so no string is made for it before that. Nothing is judged
 * here: the scanner has accepted the text, and the same cut gives the same lines.
 * Neighbours: parse-head.ts makes it, HTTPHeaders asks. Must not know: states, what a name means.
 */
import { trimOws } from '../ground/grammar.js'

/** See the file's head. */
export class FieldLines {
  #text: string
  readonly #start: number
  #raw: readonly string[] | undefined = undefined

  /** The lines of the section `text`, of which the first begins at `start`; an empty line ends it. */
  constructor(text: string, start: number) {
    this.#text = text
    this.#start = start
  }

  /** `[name, value, name, value…]` in wire order and casing; values without white space at their ends. */
  get raw(): readonly string[] {
    if (this.#raw === undefined) {
      this.#raw = split(this.#text, this.#start)
      this.#text = ''
    }
    return this.#raw
  }
}

function split(text: string, start: number): readonly string[] {
  const end = text.length - 2
  const raw: string[] = []
  for (let pos = start; pos < end; ) {
    const colon = text.indexOf(':', pos)
    const lineEnd = text.indexOf('\r\n', colon)
    raw.push(text.slice(pos, colon), trimOws(text.slice(colon + 1, lineEnd)))
    pos = lineEnd + 2
  }
  return raw
}
