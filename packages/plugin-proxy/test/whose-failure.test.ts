import {
  CertificateError,
  ConnectTimeoutError,
  NameResolutionError,
  NewConnectionError,
  PinError,
  ProtocolError,
  ProxyError,
  ReadTimeoutError,
  SSLError,
} from '@rockpool/core'
import { certificates, readRequest, type Script, scriptedServer, send, stopReading } from '@rockpool/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { authority, expectAtRest, managerFor, rejection, trust } from './support/calls.js'
import { origin } from './support/origin.js'
import { proxyServer } from './support/proxy-server.js'

const leaf = authority.leaf({ hosts: ['localhost', 'origin.test'], ips: ['127.0.0.1'] })

async function scripted(script: Script, tls = false) {
  const server = await scriptedServer(script, tls ? { tls: leaf.tls } : {})
  onTestFinished(() => server.close())
  return server
}

describe('who is to blame', () => {
  const connectFailures = [
    ['refused', { url: 'http://127.0.0.1:1' }, {}, NewConnectionError],
    [
      'unresolvable',
      { url: 'http://proxy.invalid:3128' },
      {
        lookup: (_host: string, _options: unknown, callback: (error: Error, address: string) => void) =>
          callback(Object.assign(new Error('no'), { code: 'ENOTFOUND', syscall: 'getaddrinfo' }), ''),
      },
      NameResolutionError,
    ],
  ] as const
  for (const target of ['http://origin.test/', 'https://origin.test/']) {
    for (const [what, options, more, kind] of connectFailures) {
      it(`a proxy that is ${what}: ProxyError with the precise error, for ${target}`, async () => {
        const error = await rejection(managerFor(options, more as never).request('GET', target))
        expect(error).toBeInstanceOf(ProxyError)
        expect((error as ProxyError).originalError).toBeInstanceOf(kind)
        expect(error.sent).toBe('nothing')
      })
    }

    it(`a proxy whose certificate is not trusted: ProxyError with the precise error, for ${target}`, async () => {
      const proxy = await proxyServer({ authority })
      const error = await rejection(managerFor({ url: proxy.url, tls: {} }).request('GET', target))
      expect(error).toBeInstanceOf(ProxyError)
      expect((error as ProxyError).originalError).toBeInstanceOf(CertificateError)
      expect(proxy.seen).toHaveLength(0)
    })

    it(`a proxy whose certificate names another host: ProxyError, for ${target}`, async () => {
      const proxy = await proxyServer({ authority, hosts: ['elsewhere.test'] })
      const url = proxy.url
      const error = await rejection(managerFor({ url }).request('GET', target))
      expect((error as ProxyError).originalError).toBeInstanceOf(CertificateError)
      const named = managerFor({ url, tls: { ...trust, assertHostname: 'elsewhere.test' } })
      const outcome = await named
        .request('GET', target, { timeout: 2_000 })
        .catch((failure: unknown) => failure)
      expect((outcome as ProxyError).originalError).not.toBeInstanceOf(CertificateError)
    })

    it(`a plain HTTP proxy named by an https URL is said to be one, for ${target}`, async () => {
      const proxy = await proxyServer()
      const url = proxy.url.replace('http:', 'https:')
      const error = await rejection(managerFor({ url }).request('GET', target))
      expect(error).toBeInstanceOf(ProxyError)
      expect((error as ProxyError).originalError).toBeInstanceOf(SSLError)
      expect(error.message).toContain('seems to be a plain HTTP proxy, whose URL begins with http://')
    })

    it(`an https proxy named by an http URL is said to be one when it answers in TLS, for ${target}`, async () => {
      const proxy = await scripted([
        (c) => c.readThrough('\r\n\r\n'),
        send('\x15\x03\x01\x00\x02\x02\x46'),
        (c) => c.end(),
      ])
      const error = await rejection(managerFor({ url: proxy.origin }).request('GET', target))
      expect(error).toBeInstanceOf(ProxyError)
      expect((error as ProxyError).originalError).toBeInstanceOf(ProtocolError)
      expect(error.message).toContain('seems to be an https proxy, whose URL begins with https://')
    })
  }

  it('an https proxy named by an http URL that only hangs up: the error says what may help', async () => {
    const proxy = await proxyServer({ authority })
    const url = `http://127.0.0.1:${proxy.port}`
    const error = await rejection(managerFor({ url }).request('GET', 'https://origin.test/'))
    expect(error.message).toMatch(/its URL begins with https:\/\//)
  })

  it('pins of the proxy: a match is let through, a mismatch is a ProxyError with PinError', async () => {
    const server = await origin(undefined, authority)
    const proxy = await proxyServer({ authority })
    const { spkiPin, fingerprint } = authority.leaf({ hosts: ['localhost'], ips: ['127.0.0.1'] })
    const other = authority.leaf({ hosts: ['other.test'] })
    for (const pinned of [{ pins: spkiPin }, { assertFingerprint: fingerprint }]) {
      const manager = managerFor({ url: proxy.url, tls: { ...trust, ...pinned } })
      expect((await manager.request('GET', server.url)).status).toBe(200)
    }
    for (const pinned of [{ pins: other.spkiPin }, { assertFingerprint: other.fingerprint }]) {
      const error = await rejection(
        managerFor({ url: proxy.url, tls: { ...trust, ...pinned } }).request('GET', server.url),
      )
      expect((error as ProxyError).originalError).toBeInstanceOf(PinError)
    }
  })

  it('an origin in a tunnel that is not trusted fails as it would directly', async () => {
    const stranger = await origin(undefined, certificates.ca({ commonName: 'Stranger' }))
    const proxy = await proxyServer({ authority })
    const manager = managerFor({ url: proxy.url })
    const error = await rejection(manager.request('GET', stranger.url))
    expect(error).toBeInstanceOf(CertificateError)
    expect(stranger.seen).toHaveLength(0)
  })

  it('an origin that stalls behind a forwarding proxy is a ReadTimeoutError', async () => {
    const stalling = await origin(() => undefined)
    const proxy = await proxyServer()
    const manager = managerFor({ url: proxy.url }, { timeout: { read: 100 } })
    const error = await rejection(manager.request('GET', stalling.url))
    expect(error).toBeInstanceOf(ReadTimeoutError)
    expectAtRest(manager)
  })

  it.each(['http', 'https'])(
    'is the proxy when TLS to it is too slow, for %s and however the timers fall',
    async (scheme) => {
      const proxy = await scripted(stopReading())
      const url = proxy.origin.replace('http:', 'https:')
      // Each sets its timers in another millisecond.
      const errors = await Promise.all(
        Array.from({ length: 8 }, (_, index) => {
          const manager = managerFor({ url }, { timeout: { connect: 60 + index } })
          return rejection(manager.request('GET', `${scheme}://origin.test/`))
        }),
      )
      for (const error of errors) {
        expect(error).toBeInstanceOf(ProxyError)
        expect((error as ProxyError).originalError).toMatchObject({
          constructor: ConnectTimeoutError,
          phase: 'tls',
          message: expect.stringMatching(/ within \d+ ms /),
        })
      }
    },
  )

  it('a proxy that takes no bytes while TLS to it is made: ProxyError with ConnectTimeoutError', async () => {
    const proxy = await scripted(stopReading())
    const url = proxy.origin.replace('http:', 'https:')
    const manager = managerFor({ url }, { timeout: { connect: 1_000 } })
    const error = await rejection(manager.request('GET', 'https://origin.test/'))
    expect((error as ProxyError).originalError).toBeInstanceOf(ConnectTimeoutError)
    expectAtRest(manager)
  })

  it('one connect time-out spans the proxy and the origin behind it', async () => {
    const proxy = await scripted([readRequest(), send('HTTP/1.1 200 OK\r\n\r\n')])
    const manager = managerFor({ url: proxy.origin }, { timeout: { connect: 1_000 } })
    const startedAt = performance.now()
    const error = await rejection(manager.request('GET', 'https://origin.test/'))
    expect(error).toBeInstanceOf(ConnectTimeoutError)
    expect(performance.now() - startedAt).toBeLessThan(3_000)
  })
})
