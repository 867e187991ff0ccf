import { OptionsError } from '@rockpool/core/plugin'
import { describe, expect, it } from 'vitest'
import type { Pins } from './options.js'
import { matchesPin, type PinSet, parsePins, pinsFor, showPins } from './pins.js'

const pin = (byte: number): string => `sha256/${Buffer.alloc(32, byte).toString('base64')}`

function applying(option: Pins, host: string): string | undefined {
  const rules = parsePins(option)
  const pins = rules === undefined ? undefined : pinsFor(rules, host)
  return pins === undefined ? undefined : showPins(pins)
}

describe('which pins apply to a host', () => {
  it('one or several without a map apply to every host', () => {
    expect(applying(pin(1), 'a.test')).toBe(pin(1))
    expect(applying([pin(1), pin(2)], '127.0.0.1')).toBe(`${pin(1)}, ${pin(2)}`)
  })

  const map: Pins = {
    'api.example.com': pin(1),
    '*.example.com': [pin(2), pin(3)],
    '*.deep.example.com': pin(4),
    '127.0.0.1': pin(5),
    'BÜCHER.test': pin(6),
  }
  it.each([
    ['api.example.com', pin(1)],
    ['www.example.com', `${pin(2)}, ${pin(3)}`],
    ['a.b.example.com', `${pin(2)}, ${pin(3)}`],
    ['x.deep.example.com', pin(4)],
    ['deep.example.com', `${pin(2)}, ${pin(3)}`],
    ['127.0.0.1', pin(5)],
    ['xn--bcher-kva.test', pin(6)],
    ['example.com', undefined],
    ['notexample.com', undefined],
    ['other.test', undefined],
  ])('in a map the most specific name alone: %s', (host, expected) => {
    expect(applying(map, host)).toBe(expected)
  })

  it('in a map `*` is for all that no other key names', () => {
    expect(applying({ 'a.test': pin(1), '*': pin(2) }, 'b.test')).toBe(pin(2))
    expect(applying({ 'a.test': pin(1), '*': pin(2) }, 'a.test')).toBe(pin(1))
  })

  it('report-only is said in the map', () => {
    expect(parsePins({ '*': pin(1), reportOnly: true })?.reportOnly).toBe(true)
    expect(parsePins({ '*': pin(1), reportOnly: false })?.reportOnly).toBe(false)
    expect(parsePins(pin(1))?.reportOnly).toBe(false)
  })
})

describe('a key', () => {
  it('matches when it is one of the pins', () => {
    const pins = parsePins([pin(1), pin(2)])?.everyHost as PinSet
    expect(matchesPin(pin(2), pins)).toBe(true)
    expect(matchesPin(pin(3), pins)).toBe(false)
  })
})

describe('refused', () => {
  it.each<[why: string, pins: unknown]>([
    ['an empty pin', ''],
    ['an empty list', []],
    ['an empty pin in a list', [pin(1), '']],
    ['a pin without its prefix', pin(1).slice('sha256/'.length)],
    ['another hash', pin(1).replace('sha256', 'sha1')],
    ['a pin that is too short', 'sha256/AAAA'],
    ['a pin that is too long', `${pin(1)}AAAA`],
    ['a pin without padding', pin(1).replace('=', '')],
    ['a pin in the url alphabet', `sha256/${Buffer.alloc(32, 0xff).toString('base64url')}=`],
    ['a pin with spare bits', `sha256/${'A'.repeat(42)}B=`],
    ['a pin with a line end', `${pin(1)}\n`],
    ['a map without pins', {}],
    ['a map with report-only alone', { reportOnly: true }],
    ['a host without pins', { 'a.test': [] }],
    ['a host with a boolean', { 'a.test': true }],
    ['report-only that is no boolean', { 'a.test': pin(1), reportOnly: 'yes' }],
    ['a pattern that is no host', { 'a..test': pin(1) }],
    ['a wildcard in the middle', { 'a.*.test': pin(1) }],
    ['a partial wildcard', { 'a*.test': pin(1) }],
    ['a wildcard without a domain', { '*.': pin(1) }],
  ])('%s', (_why, pins) => {
    expect(() => parsePins(pins as Pins)).toThrow(OptionsError)
  })

  it('with the path of the host in question', () => {
    expect(() => parsePins({ 'a.test': 'x' })).toThrow(expect.objectContaining({ path: 'pins.a.test' }))
  })
})

describe('a map of pins is refused', () => {
  it('when two keys are spellings of one host: the pins of one would be lost', () => {
    expect(() => parsePins({ 'Example.com': pin(1), 'example.com.': pin(2) })).toThrow(
      'example.com a second time',
    )
    expect(() => parsePins({ '*.example.com': pin(1), '*.EXAMPLE.com': pin(2) })).toThrow(OptionsError)
    expect(() => parsePins({ '127.1': pin(1), '127.0.0.1': pin(2) })).toThrow(OptionsError)
  })

  it('when a key is for all below an address: it would never apply', () => {
    for (const key of ['*.0.0.1', '*.[::1]']) expect(() => parsePins({ [key]: pin(1) })).toThrow(OptionsError)
  })
})
