import { inspect } from 'node:util'
import { HTTPError, LocationValueError, OptionsError, ProxySchemeUnknown } from '@rockpool/core/plugin'
import { describe, expect, it } from 'vitest'
import { ProxyAddress } from './address.js'
import { modeOf } from './route.js'

describe('the address of a proxy', () => {
  for (const [text, url] of [
    ['http://p', 'http://p'],
    ['HTTP://P:3128/', 'http://p:3128'],
    ['https://p', 'https://p'],
    ['http://p:0', 'http://p:0'],
    ['http://[::1]:3128', 'http://[::1]:3128'],
    ['socks5://p', 'socks5://p:1080'],
    ['socks5h://p:9050', 'socks5h://p:9050'],
    ['socks4://p:80', 'socks4://p:80'],
    ['socks4a://[::1]', 'socks4a://[::1]:1080'],
    ['http://u:p@h:1', 'http://h:1'],
  ] as const) {
    it(`${text} is ${url}`, () => expect(ProxyAddress.parse(text).url).toBe(url))
  }

  for (const text of [
    'localhost:8080',
    '1.2.3.4',
    'proxy',
    '//p:1',
    '',
    'ftp://p',
    'socks://p',
    'socks6://p',
    'unix:///a',
  ]) {
    it(`"${text}" has no scheme that proxies speak`, () => {
      expect(() => ProxyAddress.parse(text)).toThrow(ProxySchemeUnknown)
    })
  }

  it('one without a scheme is told how to be written', () => {
    expect(() => ProxyAddress.parse('localhost:8080')).toThrow(/no scheme; write it in full, like http:\/\//)
  })

  for (const text of [
    'http://',
    'http://p/path',
    'http://p?q',
    'http://p#f',
    'http://p:65536',
    'http://a b',
    'http://p\r\nX: y',
  ]) {
    it(`${JSON.stringify(text)} is refused`, () => {
      expect(() => ProxyAddress.parse(text)).toThrow(LocationValueError)
    })
  }

  it('credentials are percent-decoded and shown by nothing', () => {
    const address = ProxyAddress.parse('http://us%40er:s3cr%2Fet%3A@p:1')
    expect(address.credentials()).toEqual({ username: 'us@er', password: 's3cr/et:' })
    expect(
      inspect(address, { depth: 9, showHidden: true }) + JSON.stringify(address) + String(address),
    ).not.toMatch(/s3cr|us@er/)
  })

  for (const text of [
    'http://u:p%0d%0aX: y@proxy/',
    'http://u%3Ax:p@proxy',
    'http://u:p%00@proxy',
    'socks5://u%0a:p@proxy',
    `socks5://${'u'.repeat(256)}:p@proxy`,
  ]) {
    it(`credentials that cannot be sent are refused: ${JSON.stringify(text.slice(0, 40))}`, () => {
      const failure = (): unknown => {
        try {
          return ProxyAddress.parse(text)
        } catch (error) {
          return error
        }
      }
      expect(failure()).toBeInstanceOf(HTTPError)
      expect(failure() instanceof OptionsError || failure() instanceof LocationValueError).toBe(true)
    })
  }
})

describe('the decision table', () => {
  for (const [proxy, target, forwarding, mode] of [
    ['http://p', 'http', false, 'forward'],
    ['http://p', 'https', false, 'tunnel'],
    ['http://p', 'https', true, 'tunnel'],
    ['https://p', 'http', false, 'forward'],
    ['https://p', 'https', false, 'tunnel'],
    ['https://p', 'https', true, 'forward'],
    ['socks5://p', 'http', false, 'socks'],
    ['socks5h://p', 'https', true, 'socks'],
    ['socks4://p', 'https', false, 'socks'],
  ] as const) {
    it(`${proxy}, ${target}${forwarding ? ', useForwardingForHttps' : ''}: ${mode}`, () => {
      expect(modeOf(ProxyAddress.parse(proxy), target, forwarding)).toBe(mode)
    })
  }
})
