import { ProxySchemeUnknown } from '@rockpool/core/plugin'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fromEnvironment } from './environment.js'

const VARIABLES = ['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy']

beforeEach(() => {
  for (const name of [...VARIABLES, ...VARIABLES.map((each) => each.toUpperCase()), 'REQUEST_METHOD']) {
    vi.stubEnv(name, undefined)
  }
})
afterEach(() => void vi.unstubAllEnvs())

function choice(variables: Record<string, string>, target: string): string | undefined {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value)
  const chosen = fromEnvironment().url(target)
  return chosen === undefined ? undefined : String(chosen)
}

const ROWS: readonly (readonly [
  variables: Record<string, string>,
  target: string,
  proxy: string | undefined,
])[] = [
  [{}, 'http://a.test', undefined],
  [{ http_proxy: 'http://p:1' }, 'http://a.test', 'http://p:1'],
  [{ http_proxy: 'http://p:1' }, 'https://a.test', undefined],
  [{ HTTP_PROXY: 'http://p:1' }, 'http://a.test', 'http://p:1'],
  [{ http_proxy: 'http://low:1', HTTP_PROXY: 'http://up:1' }, 'http://a.test', 'http://low:1'],
  [{ https_proxy: 'http://p:1' }, 'https://a.test', 'http://p:1'],
  [{ HTTPS_PROXY: 'https://p:1' }, 'https://a.test', 'https://p:1'],
  [{ all_proxy: 'socks5h://p' }, 'https://a.test', 'socks5h://p:1080'],
  [{ ALL_PROXY: 'socks5h://p' }, 'http://a.test', 'socks5h://p:1080'],
  [{ all_proxy: 'http://all:1', http_proxy: 'http://p:1' }, 'http://a.test', 'http://p:1'],
  [{ all_proxy: 'http://all:1', http_proxy: 'http://p:1' }, 'https://a.test', 'http://all:1'],
  [{ http_proxy: 'p:3128' }, 'http://a.test', 'http://p:3128'],
  [{ https_proxy: 'p:3128' }, 'https://a.test', 'http://p:3128'],
  [{ all_proxy: 'p:3128' }, 'https://a.test', 'http://p:3128'],
  [{ http_proxy: 'http://user:secret@p:1' }, 'http://a.test', 'http://p:1'],
  [{ http_proxy: 'http://p:1', no_proxy: 'a.test' }, 'http://a.test', undefined],
  [{ http_proxy: 'http://p:1', NO_PROXY: 'a.test' }, 'http://a.test', undefined],
  [{ http_proxy: 'http://p:1', no_proxy: '*' }, 'http://a.test', undefined],
  [{ http_proxy: 'http://p:1', no_proxy: 'b.test, *' }, 'http://a.test', undefined],
  [{ http_proxy: 'http://p:1', no_proxy: '10.0.0.0/8' }, 'http://10.1.1.1', undefined],
  [{ http_proxy: 'http://p:1', no_proxy: '10.0.0.0/8' }, 'http://11.1.1.1', 'http://p:1'],
  [{ http_proxy: 'http://p:1', no_proxy: 'a.test:80' }, 'http://a.test', undefined],
  [{ http_proxy: 'http://p:1', no_proxy: 'a.test:81' }, 'http://a.test', 'http://p:1'],
  [{ http_proxy: 'http://p:1', no_proxy: '.test' }, 'http://a.test.', undefined],
  [{ http_proxy: 'http://p:1', no_proxy: 'localhost' }, 'http://localhost.', undefined],
  [{ HTTP_PROXY: 'http://evil:1', REQUEST_METHOD: 'GET' }, 'http://a.test', undefined],
  [
    { HTTP_PROXY: 'http://evil:1', ALL_PROXY: 'http://all:1', REQUEST_METHOD: 'GET' },
    'http://a.test',
    'http://all:1',
  ],
  [
    { http_proxy: 'http://p:1', HTTP_PROXY: 'http://evil:1', REQUEST_METHOD: 'GET' },
    'http://a.test',
    'http://p:1',
  ],
  [{ HTTPS_PROXY: 'http://p:1', REQUEST_METHOD: 'GET' }, 'https://a.test', 'http://p:1'],
]

describe('the environment', () => {
  for (const [variables, target, proxy] of ROWS) {
    it(`${JSON.stringify(variables)}: ${target} by ${proxy ?? 'no proxy'}`, () => {
      expect(choice(variables, target)).toBe(proxy)
    })
  }

  it('is read when it is asked, once', () => {
    vi.stubEnv('http_proxy', 'http://p:1')
    const { url } = fromEnvironment()
    vi.stubEnv('http_proxy', 'http://q:1')
    vi.stubEnv('no_proxy', '*')
    expect(String(url('http://a.test'))).toBe('http://p:1')
  })

  it('a scheme that no proxy speaks is an error at once, without the password', () => {
    vi.stubEnv('http_proxy', 'ftp://user:s3cr3t@p:1')
    expect(() => fromEnvironment()).toThrow(ProxySchemeUnknown)
    expect(() => fromEnvironment()).not.toThrow(/s3cr3t/)
  })
})
