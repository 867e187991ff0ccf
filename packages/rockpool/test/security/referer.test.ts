/**
 * Nothing here says where a request comes from: no Referer is made of a URL, whatever secrets stand in it, neither for the first
 * request nor for those that a redirect, a retry or a proxy lets follow. One that a caller gives is his own and goes as it is.
 */
import { describe, expect, it, onTestFinished } from 'vitest'
import { PoolManager } from '../../src/index.js'
import { type Answer, authority, origin, proxyServer, secureOrigin } from '../support/servers.js'

const SECRET = 's3cr3t'
const STATUSES = [301, 302, 303, 307, 308]

/** Leads `/<status>` to `next`, refuses `/busy` once, answers everything else. */
function leadingTo(next: () => string): Answer {
  let refused = false
  return (request, response) => {
    const path = request.url?.split('?')[0] ?? ''
    const status = Number(path.slice(1))
    if (STATUSES.includes(status)) response.writeHead(status, { Location: next() }).end()
    else if (path === '/busy' && !refused) {
      refused = true
      response.writeHead(503, { 'Retry-After': '0' }).end()
    } else response.end('arrived')
  }
}

function managerWith(options: object = {}): PoolManager {
  const manager = new PoolManager({ caCertData: authority.cert, allowDowngrade: true, ...options })
  onTestFinished(() => manager.close({ graceMs: 1 }))
  return manager
}

/** `url` with everything in it that should never be told to anybody. */
const withSecrets = (url: string): string =>
  `${url.replace('//', `//user:${SECRET}@`)}?token=${SECRET}#${SECRET}`

describe('no Referer', () => {
  it('is sent to whom a redirect leads, whatever the status and the origin', async () => {
    let next = ''
    const answer = leadingTo(() => next)
    const [first, second, secure] = await Promise.all([origin(answer), origin(answer), secureOrigin(answer)])
    const manager = managerWith()
    for (const from of [first, secure])
      for (const to of [first, second, secure])
        for (const status of STATUSES) {
          next = withSecrets(`${to.url}/end`)
          const response = await manager.request('GET', withSecrets(`${from.url}/${status}`))
          expect([await response.text(), response.history.length]).toEqual(['arrived', 1])
        }
    const seen = [...first.seen, ...second.seen, ...secure.seen]
    expect(seen).toHaveLength(2 * 2 * 3 * STATUSES.length)
    expect(seen.filter(({ headers }) => headers.referer !== undefined)).toEqual([])
    // What a redirect's own URL brings along goes to its own origin and is no trace of the one before.
    for (const { target } of seen) expect(target).not.toContain('#')
  })

  it('is sent with a retry, and none through a proxy', async () => {
    const between = await proxyServer()
    for (const options of [{}, { proxy: between.url }]) {
      const server = await origin(leadingTo(() => '/end'))
      const manager = managerWith(options)
      for (const path of ['/busy', '/302']) await manager.request('GET', withSecrets(server.url + path))
      expect(server.seen).toHaveLength(4)
      expect(server.seen.filter(({ headers }) => headers.referer !== undefined)).toEqual([])
    }
    expect(between.seen.length).toBeGreaterThan(0)
    expect(between.seen.filter(({ headers }) => headers.referer !== undefined)).toEqual([])
  })

  it('is changed that the caller gives, nor made where he gives an empty one', async () => {
    const server = await origin(leadingTo(() => '/end'))
    const manager = managerWith()
    for (const Referer of ['http://elsewhere.test/page', ''])
      await manager.request('GET', `${server.url}/302`, { headers: { Referer } })
    expect(server.seen.map(({ headers }) => headers.referer)).toEqual([
      'http://elsewhere.test/page',
      'http://elsewhere.test/page',
      '',
      '',
    ])
  })
})
