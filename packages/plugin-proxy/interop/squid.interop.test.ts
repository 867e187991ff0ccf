import { createHash } from 'node:crypto'
import { ProxyError } from '@rockpool/core'
import { describe, expect, it } from 'vitest'
import type { ProxyAuthFunction, ProxyOptions } from '../src/index.js'
import { authority, expectAtRest, managerFor, rejection } from '../test/support/calls.js'
import { field, origin, type TestOrigin } from '../test/support/origin.js'
import { hasSquid, PASSWORD, squid, USER } from './support/proxies.js'

const leaf = authority.leaf({ hosts: ['localhost'], ips: ['127.0.0.1'] })
const userinfo = `${USER}:${encodeURIComponent(PASSWORD)}@`
const direct = (target: TestOrigin): string => target.url.replace('localhost', '127.0.0.1')

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
