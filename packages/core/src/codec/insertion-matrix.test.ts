// One symbol too many, everywhere: the method of the web platform tests (fetch/h1-parsing), for heads and for chunked bodies.
import { describe, expect, it } from 'vitest'
import { byteByByte, responseLog, splitAt, whole } from '../../test/codec/event-log.js'
import { referenceChunked } from '../../test/codec/reference-chunked.js'

// Mutants are not fed at every split.
const STRIDE = process.env.ROCKPOOL_MOST_SPLITS === undefined ? 1 : 11

const SYMBOLS = { LF: '\n', CR: '\r', HTAB: '\t', SP: ' ', NUL: '\0', COLON: ':' } as const

const HEAD =
  '<first>HT<in-http>TP<before-slash>/<after-slash>1<before-dot>.<after-dot>1<after-ver> <before-num>200<after-num> <before-reason>OK<after-reason>\r\n' +
  '<leading>X-Frame<in-name>-Options<before-colon>:<after-colon>DE<in-value>NY<after-value>\r\nContent-Length: 5\r\n\r\nTest.'

const ACCEPTED = {
  SP: ['after-num', 'before-reason', 'after-reason', 'after-colon', 'in-value', 'after-value'],
  HTAB: ['before-reason', 'after-reason', 'after-colon', 'in-value', 'after-value'],
  COLON: [
    'before-reason',
    'after-reason',
    'in-name',
    'before-colon',
    'after-colon',
    'in-value',
    'after-value',
  ],
} as Record<string, readonly string[]>

const LONE_CR = [
  '\rHTTP/1.1 200 OK\r\n\r\n',
  'HTTP\r/1.1 200 OK\r\n\r\n',
  'HTTP/1.1\r200 OK\r\n\r\n',
  'HTTP/1.1 200\rOK\r\n\r\n',
  'HTTP/1.1 200 OK\rX: y\r\n\r\n',
  'HTTP/1.1 200 OK\r\nX\r: y\r\n\r\n',
  'HTTP/1.1 200 OK\r\nX: y\r\r\n\r\n',
]

describe('a head with one symbol more', () => {
  const cases = insertions(HEAD, SYMBOLS)

  it('has 102 forms, of which 18 are valid', () => {
    expect(cases).toHaveLength(102)
    expect(cases.filter(isAccepted)).toHaveLength(18)
  })

  it.each(cases)('$symbol at $place', (row) => {
    const log = responseLog({ bytes: row.text, serverEnds: true }, whole)
    expect(log.some((line) => line.startsWith('error'))).toBe(!isAccepted(row))
    expect(responseLog({ bytes: row.text, serverEnds: true }, byteByByte)).toEqual(log)
  })

  it.each(LONE_CR)('a lone CR is refused: %j', (text) => {
    expect(responseLog({ bytes: text, serverEnds: true }, whole).at(-1)).toMatch(/^error/)
  })
})

describe('a chunked body with one symbol more', () => {
  const chunked = '<a>2<b>;<c>x<d>=<e>y<f>\r\n<g>ok<h>\r\n<i>0<j>\r\n<k>\r\n'
  const quoted = '<a>2<b>;<c>x<d>=<e>"<f>y<g>"<h>\r\nok\r\n<i>0<j>\r\nA<k>:<l>b<m>\r\n<n>\r\n'
  const more = {
    ...SYMBOLS,
    SEMICOLON: ';',
    EQUALS: '=',
    QUOTE: '"',
    BACKSLASH: '\\',
    ZERO: '0',
    TWO: '2',
    F: 'f',
    X: 'x',
    DEL: '\x7f',
    OBS: '\xe9',
    CRLF: '\r\n',
  }

  it.each([...insertions(chunked, more), ...insertions(quoted, more)])(
    '$symbol at $place: $text',
    ({ text }) => {
      const bytes = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${text}`
      const log = responseLog({ bytes, serverEnds: true }, whole)
      const expected = referenceChunked(text)
      const body = log.filter((line) => line.startsWith('body ')).map((line) => line.slice(5))
      if (expected === undefined) expect(log.at(-1)).toMatch(/^error/)
      else {
        expect(body.join('')).toBe(expected.body)
        expect(log.filter((line) => line.startsWith('trailer '))).toEqual(
          expected.trailers.map((line) => `trailer ${line}`),
        )
        expect(log.at(-1)).toBe(expected.rest === '' ? 'then reusable' : 'then dirty')
      }
      for (let offset = 1; offset < bytes.length; offset += STRIDE)
        expect(responseLog({ bytes, serverEnds: true }, splitAt(offset))).toEqual(log)
    },
  )
})

interface Insertion {
  readonly symbol: string
  readonly place: string
  readonly text: string
}

function insertions(template: string, symbols: Record<string, string>): Insertion[] {
  const places = [...template.matchAll(/<([a-z-]+)>/g)].map((match) => match[1] ?? '')
  const rows: Insertion[] = []
  for (const [symbol, text] of Object.entries(symbols)) {
    for (const place of places)
      rows.push({
        symbol,
        place,
        text: template.replace(/<([a-z-]+)>/g, (_, name) => (name === place ? text : '')),
      })
  }
  return rows
}

function isAccepted(row: Insertion): boolean {
  return ACCEPTED[row.symbol]?.includes(row.place) === true
}
