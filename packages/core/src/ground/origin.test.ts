// Hosts in every spelling, and every text that is derived from an origin.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LocationValueError } from './errors.js'
import { Origin } from './origin.js'
import { parseUrl } from './url.js'

const long = (length: number): string => `${`${'a'.repeat(60)}.`.repeat(10).slice(0, length - 1)}a`

describe('derived texts', () => {
  it.each([
    // scheme, host, port → key, hostHeader, dnsName, serverName, isIp, authority, prefix
    [
      'http',
      'Example.COM',
      undefined,
      'http://example.com:80',
      'example.com',
      'example.com',
      'example.com',
      false,
      'example.com:80',
      'http://example.com',
    ],
    [
      'https',
      'example.com',
      443,
      'https://example.com:443',
      'example.com',
      'example.com',
      'example.com',
      false,
      'example.com:443',
      'https://example.com',
    ],
    [
      'https',
      'example.com',
      80,
      'https://example.com:80',
      'example.com:80',
      'example.com',
      'example.com',
      false,
      'example.com:80',
      'https://example.com:80',
    ],
    [
      'http',
      'localhost.',
      8080,
      'http://localhost.:8080',
      'localhost:8080',
      'localhost.',
      'localhost',
      false,
      'localhost:8080',
      'http://localhost.:8080',
    ],
    ['http', '[::1]', undefined, 'http://[::1]:80', '[::1]', '::1', '::1', true, '[::1]:80', 'http://[::1]'],
    [
      'https',
      '::1',
      8443,
      'https://[::1]:8443',
      '[::1]:8443',
      '::1',
      '::1',
      true,
      '[::1]:8443',
      'https://[::1]:8443',
    ],
    [
      'http',
      '[fe80::1%25eth0]',
      81,
      'http://[fe80::1%eth0]:81',
      '[fe80::1]:81',
      'fe80::1%eth0',
      'fe80::1',
      true,
      '[fe80::1]:81',
      'http://[fe80::1%25eth0]:81',
    ],
    [
      'http',
      '127.0.0.1',
      0,
      'http://127.0.0.1:0',
      '127.0.0.1:0',
      '127.0.0.1',
      '127.0.0.1',
      true,
      '127.0.0.1:0',
      'http://127.0.0.1:0',
    ],
  ] as const)(
    '%s %s %s',
    (scheme, host, port, key, hostHeader, dnsName, serverName, isIp, authority, prefix) => {
      const origin = Origin.of(scheme, host, port)
      expect({ ...origin }).toEqual({
        scheme,
        host: dnsName,
        port: port ?? (scheme === 'http' ? 80 : 443),
        key,
        hostHeader,
        dnsName,
        serverName,
        isIp,
        authority,
        prefix,
      })
      expect([`${origin}`, JSON.stringify(origin)]).toEqual([prefix, JSON.stringify(prefix)])
    },
  )

  it('two origins are equal exactly when scheme, host and port are', () => {
    const origin = Origin.of('http', 'h')
    expect(origin.equals(Origin.of('http', 'H', 80))).toBe(true)
    for (const other of [
      Origin.of('https', 'h', 80),
      Origin.of('http', 'h', 0),
      Origin.of('http', 'h.'),
      Origin.of('http', 'h', 81),
    ]) {
      expect(origin.equals(other)).toBe(false)
    }
    expect(Origin.of('http', 'fe80::1%a').equals(Origin.of('http', 'fe80::1%b'))).toBe(false)
  })
})

describe('one spelling for each host', () => {
  it.each([
    ['a_b', 'a_b'],
    ['-a', '-a'],
    ['a-.b', 'a-.b'],
    ['EXAMPLE', 'example'],
    ['1a.example', '1a.example'],
    ['a.', 'a.'],
    ['ex。ample', 'ex.ample'],
    ['ｅｘ.com', 'ex.com'],
    ['straße.de', 'xn--strae-oqa.de'],
    ['BÜCHER.example', 'xn--bcher-kva.example'],
    ['XN--BCHER-KVA.example', 'xn--bcher-kva.example'],
    ['☃.net', 'xn--n3h.net'],
    ['%65xample.com', 'example.com'],
    ['0x7f.1', '127.0.0.1'],
    ['2130706433', '127.0.0.1'],
    ['127.1', '127.0.0.1'],
    ['0177.0.0.1', '127.0.0.1'],
    ['127.0.0.1.', '127.0.0.1'],
    ['127。0。0。1', '127.0.0.1'],
    ['[2001:DB8:0:0::1]', '2001:db8::1'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['::ffff:1.2.3.4', '::ffff:102:304'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
    ['[FE80::1%25Eth0.1]', 'fe80::1%Eth0.1'],
    ['a'.repeat(63), 'a'.repeat(63)],
    [long(253), long(253)],
    [`${long(253)}.`, `${long(253)}.`],
  ])('%s is %s', (given, host) => {
    expect(Origin.of('http', given).host).toBe(host)
    expect(Origin.of('http', host).host).toBe(host)
  })

  it.each(['127.0.0.1', '2130706433', '0x7f.1', '::1', '[::1]'])('%s is an address', (host) => {
    expect(Origin.of('http', host).isIp).toBe(true)
  })
  it.each(['localhost', 'a1', '1.a', 'fe80'])('%s is a name', (host) => {
    expect(Origin.of('http', host).isIp).toBe(false)
  })
})

describe('an origin', () => {
  it('cannot be changed: whoever parses the same url next gets the same object', () => {
    const { origin } = parseUrl('https://shared.test/')
    expect(() => Object.assign(origin, { scheme: 'http' })).toThrow(TypeError)
    expect(parseUrl('https://shared.test/').origin.scheme).toBe('https')
  })
})

describe('for any host that is accepted', () => {
  it('its spelling is a fixed point and safe in a head', () => {
    const unit = fc.oneof(
      fc.constantFrom(...'aB1.-_:[]%0x', 'xn--', '。', 'ß', 'é'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    )
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 20 }), (parts) => {
        let origin: Origin
        try {
          origin = Origin.of('http', parts.join(''))
        } catch (error) {
          expect(error).toBeInstanceOf(LocationValueError)
          return
        }
        expect(Origin.of('http', origin.host).key).toBe(origin.key)
        expect(origin.hostHeader).toMatch(/^([a-z0-9._-]+|\[[0-9a-f:]+\])$/)
        expect(origin.serverName).toMatch(/^[a-z0-9._:-]+$/)
      }),
      { numRuns: 2000 },
    )
  })
})
