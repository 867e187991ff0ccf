/**
 * Real proxies, with http and https origins behind them: squid over http and https, tinyproxy, dante. What works, what is
 * refused, and what happens when the proxy is killed under a call.
 */
import { HTTPError, ProtocolError, ProxyError } from '@rockpool/core'
import { describe, expect, it } from 'vitest'
import { authority, expectAtRest, managerFor, rejection } from '../test/support/calls.js'
import { origin, type TestOrigin } from '../test/support/origin.js'
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
