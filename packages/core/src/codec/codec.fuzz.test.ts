// Whatever comes, however it is cut: a verdict, always the same one, and nothing but our own errors.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { responseCases } from '../../test/codec/catalogue.js'
import {
  byteByByte,
  cutAt,
  type Exchange,
  requestLog,
  responseLog,
  whole,
} from '../../test/codec/event-log.js'
import { referenceChunked } from '../../test/codec/reference-chunked.js'

const rows: readonly Exchange[] = responseCases.filter(
  (row) => row.bytes.length > 0 && row.bytes.length < 400 && row.lateBytes === undefined,
)

const latin1 = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  maxLength: 200,
})
const pieces = fc.constantFrom(
  'HTTP/1.1 ',
  'HTTP/1.0 ',
  '200',
  '204',
  '100',
  '101',
  '304',
  ' OK',
  '\r\n',
  '\r\n\r\n',
  '\r',
  '\n',
  ' ',
  '\t',
  ':',
  'X',
  'X: y\r\n',
  'Content-Length',
  'Content-Length: 5\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Connection: close\r\n',
  'Connection: Upgrade\r\n',
  'Upgrade: x\r\n',
  'Keep-Alive: timeout=5\r\n',
  '5\r\nhello\r\n',
  '0\r\n\r\n',
  '0\r\n',
  'a',
  ';',
  '=',
  '"',
  '\\',
  '\0',
  '\xff',
  '2, 2',
  '-1',
  'hello',
)
const assembled = fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join(''))
const cuts = fc.array(fc.nat(400), { maxLength: 12 })
const begins = fc.constantFrom<Pick<Exchange, 'method' | 'begin'>>(
  {},
  { method: 'HEAD' },
  { method: 'CONNECT' },
  { begin: { upgrade: 'x' } },
  { begin: { close: true } },
)

/** One of the known rows with a few bytes changed, put in or taken out. */
const mutated = fc
  .record({
    row: fc.constantFrom(...rows),
    changes: fc.array(
      fc.record({
        at: fc.nat(400),
        kind: fc.constantFrom('set', 'add', 'drop', 'repeat'),
        code: fc.oneof(fc.nat(255), fc.constantFrom(0, 9, 10, 13, 32, 34, 44, 58, 59)),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  })
  .map(({ row, changes }): Exchange => {
    let bytes = row.bytes
    for (const { at, kind, code } of changes) {
      const place = at % (bytes.length + 1)
      const text = String.fromCharCode(code)
      if (kind === 'set') bytes = bytes.slice(0, place) + text + bytes.slice(place + 1)
      else if (kind === 'add') bytes = bytes.slice(0, place) + text + bytes.slice(place)
      else if (kind === 'drop') bytes = bytes.slice(0, place) + bytes.slice(place + 1)
      else bytes += bytes.slice(place)
    }
    return { ...row, bytes }
  })

function agrees(exchange: Exchange, offsets: readonly number[]): void {
  const log = responseLog(exchange, whole)
  expect(log.length).toBeGreaterThan(0)
  expect(responseLog(exchange, cutAt(offsets))).toEqual(log)
  expect(responseLog(exchange, byteByByte)).toEqual(log)
}

describe('any bytes', () => {
  it('are read the same however they are cut', () => {
    fc.assert(
      fc.property(latin1, cuts, fc.boolean(), (bytes, offsets, serverEnds) =>
        agrees({ bytes, serverEnds }, offsets),
      ),
      { numRuns: 500 },
    )
  })

  it('are read the same behind the beginning of a response', () => {
    const beginning = fc.constantFrom(
      'HTTP/1.1 200 ',
      'HTTP/1.1 200 OK\r\n',
      'HTTP/1.1 200 OK\r\nX: ',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
      'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n',
    )
    fc.assert(
      fc.property(beginning, latin1, cuts, fc.boolean(), (head, tail, offsets, serverEnds) =>
        agrees({ bytes: head + tail, serverEnds }, offsets),
      ),
      { numRuns: 500 },
    )
  })

  it('are read the same when they look like HTTP', () => {
    fc.assert(
      fc.property(assembled, begins, cuts, fc.boolean(), (bytes, begin, offsets, serverEnds) =>
        agrees({ bytes: `HTTP/1.1 ${bytes}`, ...begin, serverEnds }, offsets),
      ),
      { numRuns: 2_000 },
    )
  })

  it('are read the same when a known response was damaged', () => {
    fc.assert(
      fc.property(mutated, cuts, (exchange, offsets) => agrees(exchange, offsets)),
      { numRuns: 3_000 },
    )
  })

  it('are read the same by a server', () => {
    const requests = fc
      .array(
        fc.oneof(
          pieces,
          fc.constantFrom(
            'GET / HTTP/1.1\r\n',
            'POST /x HTTP/1.1\r\n',
            'Host: a\r\n',
            'CONNECT a:1 HTTP/1.1\r\n',
            '*',
          ),
        ),
        { maxLength: 20 },
      )
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(requests, cuts, fc.boolean(), (bytes, offsets, eof) => {
        const log = requestLog(bytes, whole, eof)
        expect(requestLog(bytes, cutAt(offsets), eof)).toEqual(log)
        expect(requestLog(bytes, byteByByte, eof)).toEqual(log)
      }),
      { numRuns: 1_500 },
    )
  })
})

describe('a chunked body', () => {
  const symbols = fc.constantFrom(
    '0',
    '2',
    'A',
    'f',
    ';',
    '=',
    'x',
    '"',
    '\\',
    ' ',
    '\t',
    '\r\n',
    '\r\n',
    '\r',
    '\n',
    'ok',
    '2\r\nok\r\n',
    '0\r\n',
    '0\r\n\r\n',
    'N: v\r\n',
    'Host: v\r\n',
    '\0',
    '\xe9',
  )

  it('is accepted exactly when the grammar accepts it', () => {
    fc.assert(
      fc.property(
        fc.array(symbols, { maxLength: 14 }).map((parts) => parts.join('')),
        (text) => {
          const log = responseLog(
            { bytes: `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${text}`, serverEnds: true },
            whole,
          )
          const expected = referenceChunked(text)
          if (expected === undefined) expect(log.at(-1)).toMatch(/^error/)
          else {
            expect(log.filter((line) => line.startsWith('body ')).join('')).toBe(
              expected.body === '' ? '' : `body ${expected.body}`,
            )
            expect(log.at(-1)).toBe(expected.rest === '' ? 'then reusable' : 'then dirty')
          }
        },
      ),
      { numRuns: 5_000 },
    )
  })

  it('comes out as it went in', () => {
    const chunk = fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 8 }), cuts, (chunks, offsets) => {
        const text = `${chunks.map((data) => `${data.length.toString(16)}\r\n${data}\r\n`).join('')}0\r\n\r\n`
        const log = responseLog(
          { bytes: `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${text}` },
          cutAt(offsets),
        )
        const body = chunks.join('')
        expect(log.slice(2)).toEqual([...(body === '' ? [] : [`body ${body}`]), 'end', 'then reusable'])
      }),
    )
  })
})

describe('a head', () => {
  const nameCharacter = fc.constantFrom(..."!#$%&'*+-.^_`|~019AZaz")
  const name = fc.string({ unit: nameCharacter, minLength: 1, maxLength: 20 }).map((text) => `x${text}`)
  const valueCharacter = fc.constantFrom(...'\t !"#:;,<=>?@[]{}azAZ09~\x80\xa0\xff')
  const value = fc.string({ unit: valueCharacter, maxLength: 30 })

  it('keeps every line, its order and its bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 30 }), cuts, (lines, offsets) => {
        const bytes = `HTTP/1.1 200 OK\r\n${lines.map(([n, v]) => `${n}:${v}\r\n`).join('')}\r\n`
        const fields = responseLog({ bytes }, cutAt(offsets)).filter((line) => line.startsWith('field '))
        expect(fields).toEqual(lines.map(([n, v]) => `field ${n}: ${v.replace(/^[ \t]+|[ \t]+$/g, '')}`))
      }),
      { numRuns: 300 },
    )
  })
})

describe('a peer that sends one byte at a time', () => {
  it('costs no more than its bytes: the largest head, the longest extensions, many chunks', () => {
    const head = `HTTP/1.1 200 OK\r\n${`X: ${'a'.repeat(640)}\r\n`.repeat(99)}Transfer-Encoding: chunked\r\n\r\n`
    const body = `${`1;${'e'.repeat(1_000)}\r\nx\r\n`.repeat(16)}${'1\r\nx\r\n'.repeat(20_000)}0\r\n${`T: ${'b'.repeat(150)}\r\n`.repeat(99)}\r\n`
    const log = responseLog({ bytes: head + body }, byteByByte)
    expect(log.at(-1)).toBe('then reusable')
    expect(log.find((line) => line.startsWith('body '))).toHaveLength('body '.length + 20_016)
  })
})
