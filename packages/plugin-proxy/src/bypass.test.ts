import { OptionsError, Origin, parseUrl } from '@rockpool/core/plugin'
import { describe, expect, it } from 'vitest'
import { Bypass } from './bypass.js'

const ROWS: readonly (readonly [url: string, rules: string, direct: boolean])[] = [
  ['http://example.com', 'example.com', true],
  ['http://EXAMPLE.com', 'example.com', true],
  ['http://example.com', 'EXAMPLE.COM', true],
  ['http://example.com.', 'example.com', true],
  ['http://example.com', 'example.com.', true],
  ['http://www.example.com', 'example.com', false],
  ['http://notexample.com', 'example.com', false],
  ['http://example.com', '.example.com', false],
  ['http://www.example.com', '.example.com', true],
  ['http://a.b.example.com', '.example.com', true],
  ['http://www.example.com', '*.example.com', true],
  ['http://example.com', '*.example.com', false],
  ['http://notexample.com', '*.example.com', false],
  ['http://example.com.evil.test', '.example.com', false],
  ['http://example.com:8080', 'example.com:8080', true],
  ['http://EXAMPLE.com:8080', 'example.com:8080', true],
  ['http://example.com:8081', 'example.com:8080', false],
  ['http://example.com', 'example.com:80', true],
  ['https://example.com', 'example.com:443', true],
  ['https://example.com', 'example.com:80', false],
  ['http://www.example.com:8080', '*.example.com:8080', true],
  ['http://anything.test', '*', true],
  ['http://10.1.2.3', '*', true],
  ['http://anything.test:81', '*:80', false],
  ['http://localhost.', 'localhost', true],
  ['http://localhost', 'localhost', true],
  ['http://[::1]', '[::1]', true],
  ['http://[::1]', '::1', true],
  ['http://[0:0:0:0:0:0:0:1]', '::1', true],
  ['http://[::1]:8080', '[::1]:8080', true],
  ['http://[::1]:8081', '[::1]:8080', false],
  ['http://127.0.0.1', '127.0.0.1', true],
  ['http://127.1', '127.0.0.1', true],
  ['http://2130706433', '127.0.0.1', true],
  ['http://0x7f.1', '127.0.0.0/8', true],
  ['http://[::ffff:127.0.0.1]', '127.0.0.1', true],
  ['http://[::ffff:127.0.0.1]', '127.0.0.0/8', true],
  ['http://127.0.0.1', '::ffff:127.0.0.1', true],
  ['http://10.20.30.40', '10.0.0.0/8', true],
  ['http://11.20.30.40', '10.0.0.0/8', false],
  ['http://10.20.30.40:8080', '10.0.0.0/8:8080', true],
  ['http://192.168.1.1', '192.168.1.0/24', true],
  ['http://192.168.2.1', '192.168.1.0/24', false],
  ['http://[fd00::1]', 'fd00::/8', true],
  ['http://[fe80::1]', 'fd00::/8', false],
  ['http://10.0.0.1', '.0.0.1', false],
  ['http://bücher.example', 'xn--bcher-kva.example', true],
  ['http://xn--bcher-kva.example', 'bücher.example', true],
  ['http://b.test', 'a.test, b.test', true],
  ['http://c.test', 'a.test,b.test  c.test', true],
  ['http://d.test', 'a.test,,b.test', false],
]

describe('noProxy', () => {
  for (const [url, rules, direct] of ROWS) {
    it(`${url} is ${direct ? 'reached directly' : 'proxied'} by "${rules}"`, () => {
      let target: Origin
      try {
        target = parseUrl(url).origin
      } catch {
        // Spellings that no request can have are nothing to bypass.
        return
      }
      expect(Bypass.parse(rules).matches(target)).toBe(direct)
    })
  }

  it('a zone makes no address a name below a domain', () => {
    const target = Origin.of('http', '[::1%25.example.com]')
    expect(Bypass.parse('*.example.com').matches(target)).toBe(false)
    expect(Bypass.parse('.example.com').matches(target)).toBe(false)
    expect(Bypass.parse('::1').matches(target)).toBe(true)
  })

  for (const rule of [
    '10.0.0.0/33',
    '10.0.0.0/x',
    'fd00::/129',
    'exa mple',
    'http://a',
    'a_b/8',
    '[::1',
    ':80',
    'a.test:65536',
    '*:99999',
  ]) {
    it(`"${rule}" is no rule`, () => {
      expect(() => Bypass.parse([rule.replace(' ', '\u0000')])).toThrow(OptionsError)
    })
  }

  it('a list and a text mean the same, and nothing matches nothing', () => {
    expect(Bypass.parse(['a.test', '.b.test']).matches(Origin.of('http', 'x.b.test'))).toBe(true)
    expect(Bypass.parse('').isEmpty).toBe(true)
    expect(Bypass.parse('').matches(Origin.of('http', 'a.test'))).toBe(false)
  })

  it('what is no rule in the environment is left out', () => {
    const bypass = Bypass.parse('10.0.0.0/99, a.test', true)
    expect(bypass.matches(Origin.of('http', 'a.test'))).toBe(true)
    expect(bypass.matches(Origin.of('http', '10.0.0.1'))).toBe(false)
  })
})
