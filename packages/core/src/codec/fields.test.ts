// The small judges on their own: lengths, framing fields, framing, persistence, the receive buffer.
import { describe, expect, it } from 'vitest'
import { BAD_LENGTH, CONFLICTING_LENGTH, combineLengths, NO_LENGTH } from './content-length.js'
import { CHUNKED, NONE, requestFraming, responseFraming, UNTIL_CLOSE } from './framing.js'
import { HeadFields, isFramingField } from './head-fields.js'
import { persists, wantsPersistence } from './persistence.js'
import { ReceiveBuffer } from './receive-buffer.js'

function fieldsOf(...lines: readonly (readonly [string, string])[]): HeadFields {
  const fields = new HeadFields()
  for (const [name, value] of lines) fields.add(name, value)
  return fields
}

describe('Content-Length', () => {
  it.each([
    ['0', 0],
    ['0002', 2],
    ['9007199254740991', 2 ** 53 - 1],
    ['9007199254740992', BAD_LENGTH],
    [`1${'0'.repeat(400)}`, BAD_LENGTH],
    ['', BAD_LENGTH],
    ['-1', BAD_LENGTH],
    ['+1', BAD_LENGTH],
    ['1.0', BAD_LENGTH],
    ['0x1', BAD_LENGTH],
    ['1e1', BAD_LENGTH],
    ['1 1', BAD_LENGTH],
    ['2, 2', 2],
    ['2,2\t,02', 2],
    ['2,', BAD_LENGTH],
    [',2', BAD_LENGTH],
    ['2,,2', BAD_LENGTH],
    ['2, 3', CONFLICTING_LENGTH],
    ['2, x', BAD_LENGTH],
  ])('%j is %d', (value, expected) => {
    expect(combineLengths(NO_LENGTH, value)).toBe(expected)
  })

  it('does not depend on the order of lines, once refused stays refused', () => {
    expect(combineLengths(2, '2')).toBe(2)
    expect(combineLengths(2, '3')).toBe(CONFLICTING_LENGTH)
    expect(combineLengths(2, '3, 4')).toBe(CONFLICTING_LENGTH)
    expect(combineLengths(2, 'x')).toBe(BAD_LENGTH)
    expect(combineLengths(BAD_LENGTH, '2')).toBe(BAD_LENGTH)
    expect(combineLengths(CONFLICTING_LENGTH, '2')).toBe(CONFLICTING_LENGTH)
  })
})

describe('the fields that matter', () => {
  it('are found in any casing, and names of the same length are not taken for them', () => {
    const fields = fieldsOf(
      ['CONNECTION', 'Close'],
      ['hOsT', 'a'],
      ['content-LENGTH', '7'],
      ['UPGRADE', 'a'],
      ['upgrade', 'b'],
      ['transfer-encoding', 'x'],
      ['Transfer-Encoding', 'y'],
      ['content-encoding', 'gzip'],
      ['Content-Encoding', 'br, zstd'],
    )
    expect(fields).toMatchObject({
      close: true,
      hosts: 1,
      contentLength: 7,
      upgrade: 'a, b',
      transferEncoding: 'x, y',
      contentEncodings: ['gzip', 'br, zstd'],
    })
    expect(
      fieldsOf(
        ['Connectiom', 'close'],
        ['Content-Lengtj', '7'],
        ['Transfer-Encodinh', 'x'],
        ['Content-Encodinh', 'gzip'],
        ['Upgradf', 'a'],
        ['Date', 'x'],
      ),
    ).toEqual(new HeadFields())
  })

  it('name the options of a connection, in one line or many', () => {
    expect(fieldsOf(['Connection', 'upgrade, , KEEP-ALIVE'])).toMatchObject({
      upgradeOption: true,
      keepAlive: true,
      close: false,
    })
    expect(fieldsOf(['Connection', 'keep-alive'], ['Connection', 'x, close'])).toMatchObject({
      keepAlive: true,
      close: true,
    })
    expect(fieldsOf(['Connection', 'closed, notclose'])).toMatchObject({ close: false })
  })

  it('are forgotten by clear', () => {
    const fields = fieldsOf(
      ['Connection', 'close, keep-alive, upgrade'],
      ['Keep-Alive', 'timeout=1'],
      ['Content-Length', '1'],
      ['Transfer-Encoding', 'x'],
      ['Upgrade', 'x'],
      ['Host', 'x'],
    )
    fields.clear()
    expect(fields).toEqual(new HeadFields())
  })

  it.each([
    ['timeout=5', 5_000],
    ['max=5, Timeout=7', 7_000],
    ['timeout=5, timeout=1, timeout=9', 1_000],
    ['timeout=0', 0],
    ['timeout=-3', 0],
    ['timeout=99999999999999999999', 2_147_483_647],
    ['timeout=', undefined],
    ['timeout=-', undefined],
    ['timeout=1.5', undefined],
    ['timeout = 5', undefined],
    ['timeous=5', undefined],
    ['timeout:5', undefined],
    ['abc', undefined],
    ['', undefined],
  ])('Keep-Alive: %s is %s ms', (value, expected) => {
    expect(fieldsOf(['Keep-Alive', value]).keepAliveTimeout).toBe(expected)
  })

  it('are the ones that may not trail', () => {
    expect(['Host', 'TE', 'content-length', 'Trailer'].every(isFramingField)).toBe(true)
    expect(['Set-Cookie', 'ETag', '__proto__', 'constructor'].some(isFramingField)).toBe(false)
  })
})

describe('framing', () => {
  const none = fieldsOf()
  const length = fieldsOf(['Content-Length', '5'])
  const chunked = fieldsOf(['Transfer-Encoding', 'Chunked'])

  it('of a response follows the steps of RFC 9112 §6.3', () => {
    for (const [method, status] of [
      ['HEAD', 200],
      ['GET', 204],
      ['GET', 304],
    ] as const) {
      for (const fields of [none, length, chunked, fieldsOf(['Content-Length', 'x'])])
        expect(responseFraming(method, status, 1, fields)).toBe(NONE)
    }
    expect(responseFraming('GET', 200, 1, chunked)).toBe(CHUNKED)
    expect(responseFraming('GET', 200, 1, length)).toEqual({ kind: 'length', length: 5 })
    expect(responseFraming('GET', 200, 0, none)).toBe(UNTIL_CLOSE)
    expect(responseFraming('head', 200, 1, none)).toBe(UNTIL_CLOSE)
  })

  it('of a request is none when nothing is said', () => {
    expect(requestFraming(1, none)).toBe(NONE)
    expect(requestFraming(1, chunked)).toBe(CHUNKED)
    expect(requestFraming(0, length)).toEqual({ kind: 'length', length: 5 })
  })

  it('is refused where it would be a guess', () => {
    for (const framing of [
      requestFraming,
      (minor: number, fields: HeadFields) => responseFraming('GET', 200, minor, fields),
    ]) {
      expect(() => framing(0, chunked)).toThrow('HTTP/1.0')
      expect(() => framing(1, fieldsOf(['Transfer-Encoding', 'chunked'], ['Content-Length', '5']))).toThrow(
        'Transfer-Encoding and Content-Length',
      )
      expect(() => framing(1, fieldsOf(['Transfer-Encoding', 'chunked'], ['Content-Length', 'x']))).toThrow(
        'Transfer-Encoding and Content-Length',
      )
      for (const coding of ['', 'gzip', 'gzip, chunked', 'chunked, chunked', 'chunked;a=b', ',chunked'])
        expect(() => framing(1, fieldsOf(['Transfer-Encoding', coding]))).toThrow(
          'unsupported Transfer-Encoding',
        )
      expect(() => framing(1, fieldsOf(['Content-Length', 'x']))).toThrow('not one decimal number')
      expect(() => framing(1, fieldsOf(['Content-Length', '1'], ['Content-Length', '2']))).toThrow(
        'contradict',
      )
    }
  })
})

describe('persistence', () => {
  it.each([
    ['1.1', false, false, true],
    ['1.1', true, true, false],
    ['1.0', false, false, false],
    ['1.0', false, true, true],
    ['1.0', true, true, false],
  ] as const)('HTTP/%s, close %s, keep-alive %s: %s', (version, close, keepAlive, expected) => {
    expect(wantsPersistence(version, close, keepAlive)).toBe(expected)
    expect(persists(false, version, close, keepAlive, NONE)).toBe(expected)
    expect(persists(true, version, close, keepAlive, NONE)).toBe(false)
    expect(persists(false, version, close, keepAlive, UNTIL_CLOSE)).toBe(false)
  })
})

describe('the receive buffer', () => {
  it('keeps what was appended and gives large stores back', () => {
    const buffer = new ReceiveBuffer()
    const source = Buffer.from('0123456789')
    for (let i = 0; i < 1_000; i++) buffer.append(source, i % 5, 5 + (i % 5))
    expect(buffer.length).toBe(5_000)
    expect(buffer.bytes.toString('latin1', 0, 10)).toBe('0123412345')
    buffer.clear()
    expect([buffer.length, buffer.bytes.length]).toEqual([0, 0])
    buffer.append(source, 0, 3)
    const store = buffer.bytes
    buffer.clear()
    buffer.append(source, 3, 4)
    expect(buffer.bytes).toBe(store)
    expect(buffer.bytes.toString('latin1', 0, buffer.length)).toBe('3')
  })
})
