/**
 * Real proxies, with http and https origins behind them: squid over http and https, tinyproxy, dante. What works, what is
 * refused, and what happens when the proxy is killed under a call.
 */
import { createHash } from 'node:crypto'
import { HTTPError, ProtocolError, ProxyError } from '@rockpool/core'
import { describe, expect, it } from 'vitest'
import type { ProxyAuthFunction, ProxyOptions } from '../src/index.js'
import { authority, expectAtRest, managerFor, rejection } from '../test/support/calls.js'
import { field, origin, type TestOrigin } from '../test/support/origin.js'
import type { Daemon } from './support/daemon.js'
import {
  canAuthenticateWithDante,
  dante,
  hasDante,
  hasSquid,
  hasTinyproxy,
  PASSWORD,
  squid,
  tinyproxy,
  USER,
} from './support/proxies.js'

const leaf = authority.leaf({ hosts: ['localhost'], ips: ['127.0.0.1'] })
const userinfo = `${USER}:${encodeURIComponent(PASSWORD)}@`
const direct = (target: TestOrigin): string => target.url.replace('localhost', '127.0.0.1')

interface Kind {
  readonly name: string
  readonly runs: boolean
  readonly start: () => Promise<Daemon>
  readonly scheme: string
}

const KINDS: readonly Kind[] = [
  { name: 'squid', runs: hasSquid, start: () => squid(), scheme: 'http' },
  { name: 'squid over TLS', runs: hasSquid, start: () => squid({ certificate: leaf }), scheme: 'https' },
  { name: 'tinyproxy', runs: hasTinyproxy, start: () => tinyproxy(), scheme: 'http' },
  { name: 'dante by socks5', runs: hasDante, start: () => dante(), scheme: 'socks5' },
  { name: 'dante by socks5h', runs: hasDante, start: () => dante(), scheme: 'socks5h' },
  { name: 'dante by socks4', runs: hasDante, start: () => dante(), scheme: 'socks4' },
]

for (const { name, runs, start, scheme } of KINDS) {
  describe.skipIf(!runs)(name, () => {
    const urlOf = (server: Daemon): string => `${scheme}://127.0.0.1:${server.port}`

    for (const secure of [false, true]) {
      const what = secure ? 'https' : 'http'

      it(`carries ${what} requests, large bodies both ways, on connections that are used again`, async () => {
        const body = 'x'.repeat(300_000)
        const target = await origin(
          (request, response) => {
            let size = 0
            request.on('data', (chunk: Buffer) => {
              size += chunk.length
            })
            request.on('end', () => response.end(`${size} ${body}`))
          },
          secure ? authority : undefined,
        )
        const server = await start()
        const manager = managerFor({ url: urlOf(server) })
        for (let count = 0; count < 3; count += 1) {
          const response = await manager.request('PUT', `${direct(target)}/p`, { body })
          expect(response.status).toBe(200)
          expect(await response.text()).toBe(`300000 ${body}`)
        }
        expect(target.seen.map(({ target: path }) => path)).toEqual(['/p', '/p', '/p'])
        const calls = Array.from({ length: 10 }, () => manager.request('GET', direct(target)))
        for (const response of await Promise.all(calls)) expect(response.status).toBe(200)
        // A connection that came too late for its caller belongs to the pool, and is still being made.
        while (manager.inspect().pools.some(({ dialing }) => dialing > 0)) await turn()
        expectAtRest(manager)
      })

      it(`killed while it is being asked: one error, nothing left, and the next ${what} call works`, async () => {
        const target = await origin(undefined, secure ? authority : undefined)
        const server = await start()
        const manager = managerFor({ url: urlOf(server) })
        server.freeze()
        const outcome = rejection(manager.request('GET', direct(target)))
        await connected(manager)
        await server.kill()
        const error = await outcome
        expect(error).toBeInstanceOf(secure || scheme !== 'http' ? ProxyError : ProtocolError)
        expect(target.seen).toHaveLength(0)
        expectAtRest(manager)
        await server.restart()
        expect((await manager.request('GET', direct(target))).status).toBe(200)
      })

      it(`killed in the middle of a body: a failure of the body, and the next ${what} call works`, async () => {
        const target = await origin(
          (request, response) => {
            if (request.url === '/whole') return void response.end('whole')
            response.writeHead(200, { 'Content-Length': '1000' })
            response.write('half')
          },
          secure ? authority : undefined,
        )
        const server = await start()
        const manager = managerFor({ url: urlOf(server) })
        const response = await manager.request('GET', `${direct(target)}/half`, { preloadContent: false })
        const reading = rejection(response.text())
        await server.kill()
        expect(await reading).toBeInstanceOf(HTTPError)
        expectAtRest(manager)
        await server.restart()
        const whole = await manager.request('GET', `${direct(target)}/whole`)
        expect(await whole.text()).toBe('whole')
      })

      it(`killed between requests: the next ${what} call does not notice`, async () => {
        const target = await origin(undefined, secure ? authority : undefined)
        const server = await start()
        const manager = managerFor({ url: urlOf(server) })
        for (let count = 0; count < 3; count += 1) {
          expect((await manager.request('GET', direct(target))).status).toBe(200)
          await server.kill()
          await server.restart()
        }
        expect((await manager.request('GET', direct(target))).status).toBe(200)
        expectAtRest(manager)
      })
    }

    it('that is not there is a ProxyError, and works once it is', async () => {
      const target = await origin(undefined, authority)
      const server = await start()
      await server.kill()
      const manager = managerFor({ url: urlOf(server) })
      const error = await rejection(manager.request('GET', direct(target)))
      expect((error as ProxyError).originalError).toMatchObject({ name: 'NewConnectionError' })
      await server.restart()
      expect((await manager.request('GET', direct(target))).status).toBe(200)
    })
  })
}

/** The call has reached the proxy's kernel. */
async function connected(manager: { inspect(): { pools: readonly { dialing: number; active: number }[] } }) {
  while (!manager.inspect().pools.some(({ dialing, active }) => dialing + active > 0)) await turn()
  for (let count = 0; count < 50; count += 1) await turn()
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe.skipIf(!hasSquid)('squid', () => {
  for (const secure of [false, true]) {
    for (const certificate of [undefined, leaf]) {
      const what = `${secure ? 'https' : 'http'} by an ${certificate === undefined ? 'http' : 'https'} proxy`
      const scheme = certificate === undefined ? 'http' : 'https'

      it(`knows a user by name and password: ${what}`, async () => {
        const target = await origin(undefined, secure ? authority : undefined)
        const server = await squid({ auth: 'basic', ...(certificate !== undefined && { certificate }) })
        const call = async (user: string, options: ProxyOptions = {}) => {
          const url = `${scheme}://${user}127.0.0.1:${server.port}`
          return managerFor({ url, ...options }).request('GET', direct(target))
        }
        expect((await call(userinfo)).status).toBe(200)
        expect((await call('', { auth: { username: USER, password: PASSWORD } })).status).toBe(200)
        expect(target.seen.map((each) => field(each, 'proxy-authorization'))).toEqual([undefined, undefined])
        const nobody = await rejection(call(''))
        expect(nobody).toMatchObject({ name: 'ProxyError', status: 407 })
        expect(nobody.message).toContain('it asks for credentials (Basic)')
        const stranger = await rejection(call(`${USER}:wr0ng@`))
        expect(stranger).toMatchObject({ name: 'ProxyError', status: 407 })
        expect(stranger.message).toContain('did not accept the credentials')
        expect(stranger.message).not.toContain('wr0ng')
      })
    }
  }

  for (const secure of [false, true]) {
    it(`knows a user by Digest, answered by a function (${secure ? 'https' : 'http'})`, async () => {
      const target = await origin(undefined, secure ? authority : undefined)
      const server = await squid({ auth: 'digest' })
      const url = `http://127.0.0.1:${server.port}`
      const manager = managerFor({ url, auth: digest(USER, PASSWORD.replaceAll(':', '')) })
      expect((await manager.request('GET', `${direct(target)}/a?b`)).status).toBe(200)
      expect((await manager.request('GET', `${direct(target)}/c`)).status).toBe(200)
      const stranger = managerFor({ url, auth: digest(USER, 'wrong') })
      const error = await rejection(stranger.request('GET', direct(target)))
      expect(error).toMatchObject({ name: 'ProxyError', status: 407 })
      expectAtRest(manager)
      expectAtRest(stranger)
    })
  }

  it('over TLS fetches https origins itself when useForwardingForHttps asks it to', async () => {
    const target = await origin(undefined, authority)
    const rules = `tls_outgoing_options cafile=${authority.caFile}`
    const server = await squid({ certificate: leaf, rules })
    const manager = managerFor({
      url: `https://127.0.0.1:${server.port}`,
      useForwardingForHttps: true,
      headers: { 'X-Asked': 'to forward' },
    })
    const response = await manager.request('GET', `${target.url}/a?b`)
    expect(await response.text()).toBe('GET /a?b')
    expect(response.connection?.route.map(({ kind }) => kind).join(' ')).toBe('tcp tls')
    expect(field(target.seen[0], 'x-asked')).toBe('to forward')
    expect(field(target.seen[0], 'host')).toBe(`localhost:${target.port}`)
  })

  it('refuses by its rules: a tunnel is a ProxyError with status and body, a forwarded 403 an answer', async () => {
    const server = await squid()
    const manager = managerFor({ url: `http://127.0.0.1:${server.port}` })
    const error = await rejection(manager.request('GET', 'https://blocked.test/'))
    expect(error).toMatchObject({ name: 'ProxyError', status: 403 })
    expect(Buffer.from((error as ProxyError).body ?? []).toString()).toContain('<html>')
    expect((error as ProxyError).headers?.get('x-squid-error')).toContain('ERR_ACCESS_DENIED')
    expect((await manager.request('GET', 'http://blocked.test/')).status).toBe(403)
    expectAtRest(manager)
  })

  it('that cannot reach the origin of a tunnel answers 502 or 503, a ProxyError', async () => {
    const server = await squid()
    const manager = managerFor({ url: `http://127.0.0.1:${server.port}` })
    const error = await rejection(manager.request('GET', 'https://127.0.0.1:1/'))
    expect((error as ProxyError).status).toBeGreaterThanOrEqual(502)
  })

  it('named by the wrong scheme is said to be, both ways', async () => {
    const plain = await squid()
    const secured = await squid({ certificate: leaf })
    for (const target of ['http://blocked.test/', 'https://blocked.test/']) {
      const wrong = await rejection(
        managerFor({ url: `https://127.0.0.1:${plain.port}` }).request('GET', target),
      )
      expect(wrong.message).toContain('seems to be a plain HTTP proxy')
    }
    const reverse = await rejection(
      managerFor({ url: `http://127.0.0.1:${secured.port}` }).request('GET', 'https://blocked.test/'),
    )
    expect(reverse).toBeInstanceOf(ProxyError)
    expect(reverse.message).toMatch(/URL begins with https:\/\//)
  })

  it('with a certificate that nobody trusts is not told anything', async () => {
    const server = await squid({ certificate: leaf })
    const manager = managerFor({ url: `https://${userinfo}127.0.0.1:${server.port}`, tls: {} })
    const error = await rejection(manager.request('GET', 'https://blocked.test/'))
    expect((error as ProxyError).originalError).toMatchObject({ name: 'CertificateError' })
  })
})

describe.skipIf(!hasTinyproxy)('tinyproxy', () => {
  for (const secure of [false, true]) {
    it(`knows a user by name and password (${secure ? 'https' : 'http'})`, async () => {
      const target = await origin(undefined, secure ? authority : undefined)
      const server = await tinyproxy({ auth: true })
      const call = (user: string) =>
        managerFor({ url: `http://${user}127.0.0.1:${server.port}` }).request('GET', direct(target))
      expect((await call(`${USER}:${PASSWORD.replaceAll(/[^a-z]/g, '')}@`)).status).toBe(200)
      expect(await rejection(call(''))).toMatchObject({ name: 'ProxyError', status: 407 })
      // tinyproxy says 401 to a wrong password, which in the answer to a forwarded request could be the origin's.
      const wrong = await call(`${USER}:wrong@`).catch((error: unknown) => error)
      expect(wrong).toMatchObject({ status: 401, ...(secure && { name: 'ProxyError' }) })
    })
  }

  it('refuses what its filter names', async () => {
    const server = await tinyproxy({ filter: 'blocked' })
    const manager = managerFor({ url: `http://127.0.0.1:${server.port}` })
    const error = await rejection(manager.request('GET', 'https://blocked.test/'))
    expect(error).toMatchObject({ name: 'ProxyError', status: 403 })
  })
})

describe.skipIf(!hasDante)('dante', () => {
  it('refuses by its rules, and what cannot be reached', async () => {
    const server = await dante()
    const manager = managerFor({ url: `socks5h://127.0.0.1:${server.port}` })
    for (const url of ['http://blocked.test/', 'https://127.0.0.1:1/']) {
      const error = await rejection(manager.request('GET', url))
      expect(error).toBeInstanceOf(ProxyError)
      expect(error.phase).toBe('proxy')
    }
    expectAtRest(manager)
  })
})

describe.skipIf(!canAuthenticateWithDante)('dante with passwords', () => {
  for (const secure of [false, true]) {
    it(`knows a user by name and password (${secure ? 'https' : 'http'})`, async () => {
      const target = await origin(undefined, secure ? authority : undefined)
      const server = await dante({ auth: true })
      const call = (user: string) =>
        managerFor({ url: `socks5h://${user}127.0.0.1:${server.port}` }).request('GET', direct(target))
      expect((await call(userinfo)).status).toBe(200)
      for (const user of ['', `${USER}:wrong@`]) {
        const error = await rejection(call(user))
        expect(error).toBeInstanceOf(ProxyError)
        expect((error as ProxyError).originalError).toMatchObject({ name: 'ResponseError' })
      }
    })
  }
})

/** RFC 7616 with MD5 and qop=auth: as much of it as squid asks for. */
function digest(username: string, password: string): ProxyAuthFunction {
  const md5 = (text: string): string => createHash('md5').update(text).digest('hex')
  return ({ challenges, method, target }) => {
    const challenge = challenges.find((each) => /^digest /i.test(each))
    if (challenge === undefined) return undefined
    const part = (name: string): string => new RegExp(`\\b${name}="([^"]*)"`).exec(challenge)?.[1] ?? ''
    const [realm, nonce, cnonce] = [part('realm'), part('nonce'), 'c0ffee']
    const response = md5(
      `${md5(`${username}:${realm}:${password}`)}:${nonce}:00000001:${cnonce}:auth:${md5(`${method}:${target}`)}`,
    )
    return (
      `Digest username="${username}", realm="${realm}", nonce="${nonce}", uri="${target}", qop=auth, ` +
      `nc=00000001, cnonce="${cnonce}", response="${response}"`
    )
  }
}
