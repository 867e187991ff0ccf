/**
 * What follows a redirect to another origin, over real sockets and with everything installed: every way in which an origin
 * can change, every status, six names in three casings, set in the defaults, for the call and by the URL.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { LookupFunction } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type ManagerOptions, PoolManager, type RequestOptions } from '../../src/index.js'
import { type Answer, authority, origin, secureOrigin, type TestServer } from '../support/servers.js'

const NAMES = ['authorization', 'cookie', 'cookie2', 'proxy-authorization', 'www-authenticate', 'x-api-key']
const LISTED = NAMES
const STATUSES = [301, 302, 303, 307, 308]
const CASINGS = [
  (name: string) => name,
  (name: string) => name.toUpperCase(),
  (name: string) => name.replace(/(^|-)./g, (start) => start.toUpperCase()),
]

/** Every name leads here. */
const lookup: LookupFunction = (_, options, answer) => {
  if (options.all === true) answer(null, [{ address: '127.0.0.1', family: 4 }])
  else answer(null, '127.0.0.1', 4)
}

function managerWith(options: Omit<ManagerOptions<readonly []>, 'plugins'> = {}): PoolManager {
  const manager = new PoolManager({ caCertData: authority.cert, allowDowngrade: true, lookup, ...options })
  onTestFinished(() => manager.close({ graceMs: 1 }))
  return manager
}

/** Redirects `/status/n` to the n-th of `targets`, with that status; answers everything else. */
function signpost(targets: () => readonly string[]): Answer {
  return (request, response) => {
    const [, status, index] = /^\/(\d{3})\/(\d+)/.exec(request.url ?? '') ?? []
    if (status === undefined) response.end('arrived')
    else response.writeHead(Number(status), { Location: targets()[Number(index)] ?? '/' }).end()
  }
}

/** The secrets among the fields, as `name`; fails when a value is none of ours. */
function carried(headers: IncomingHttpHeaders | undefined): string[] {
  expect(headers).toBeDefined()
  return NAMES.filter((name) => headers?.[name] !== undefined)
}

const secrets = (casing: (name: string) => string): Record<string, string> =>
  Object.fromEntries(NAMES.map((name) => [casing(name), 's3cr3t']))

interface Move {
  readonly from: string
  readonly to: string
  /** Whether both are one origin. */
  readonly same: boolean
}

/** The servers and what is a change of origin between them. */
async function world(): Promise<{ moves: Record<string, Move>; seen: () => TestServer['seen'] }> {
  const targets: string[] = []
  const answer = signpost(() => targets)
  const [first, second, secure] = await Promise.all([origin(answer), origin(answer), secureOrigin(answer)])
  const at = (host: string, server: TestServer, scheme = 'http'): string =>
    `${scheme}://${host}:${server.port}`
  const moves: Record<string, Move> = {
    'the same origin': { from: at('127.0.0.1', first), to: at('127.0.0.1', first), same: true },
    'another port': { from: at('127.0.0.1', first), to: at('127.0.0.1', second), same: false },
    'another host': { from: at('a.test', first), to: at('b.test', first), same: false },
    'http to https': { from: at('localhost', first), to: at('localhost', secure, 'https'), same: false },
    'https to http': { from: at('localhost', secure, 'https'), to: at('localhost', first), same: false },
    'a sub-domain': { from: at('a.test', first), to: at('www.a.test', first), same: false },
    'the address to localhost': { from: at('127.0.0.1', first), to: at('localhost', first), same: false },
    'localhost to the address': { from: at('localhost', first), to: at('127.0.0.1', first), same: false },
    'a name with a dot at its end': { from: at('a.test', first), to: at('a.test.', first), same: false },
  }
  targets.push(...Object.values(moves).map(({ to }) => `${to}/end`))
  const seen = (): TestServer['seen'] =>
    [...first.seen, ...second.seen, ...secure.seen].filter(({ target }) => target === '/end')
  return { moves, seen }
}

const ways: Record<
  string,
  (headers: Record<string, string>) => [ManagerOptions<readonly []>, RequestOptions]
> = {
  'for the call': (headers) => [{}, { headers }],
  'in the defaults': (headers) => [{ headers }, {}],
}

describe.each(Object.keys(ways))('six secrets that were set %s', (way) => {
  it.each(STATUSES)(
    'stay with their origin on %i, whatever changes and however they are written',
    async (status) => {
      const { moves, seen } = await world()
      const looked = new Set<object>()
      for (const casing of CASINGS) {
        const [options, request] = (ways[way] as (typeof ways)[string])(secrets(casing))
        const manager = managerWith({ ...options, removeHeadersOnRedirect: LISTED })
        for (const [index, [label, { from, same }]] of Object.entries(moves).entries()) {
          await manager.request('GET', `${from}/${status}/${index}`, request)
          const fresh = seen().filter((each) => !looked.has(each))
          expect(fresh, label).toHaveLength(1)
          expect(carried(fresh[0]?.headers), `${label}, ${casing('x-y')}`).toEqual(same ? NAMES : [])
          for (const each of fresh) looked.add(each)
        }
      }
    },
  )
})

describe('a secret', () => {
  it('that is not named follows, that is why it can be named', async () => {
    const other = await origin()
    const first = await origin((_, response) => void response.writeHead(302, { Location: other.url }).end())
    const headers = { 'X-Api-Key': 'k', Authorization: 'a' }
    await managerWith().request('GET', first.url, { headers })
    const named = ['Authorization', 'Cookie', 'Proxy-Authorization', 'X-API-KEY']
    await managerWith({ removeHeadersOnRedirect: named }).request('GET', first.url, { headers })
    expect(other.seen.map((each) => carried(each.headers))).toEqual([['x-api-key'], []])
  })

  it('of the URL is a credential like any other, and that of a Location is none', async () => {
    const other = await origin()
    const location = other.url.replace('//', '//mallory:s3cr3t@')
    const first = await origin((_, response) => void response.writeHead(307, { Location: location }).end())
    const response = await managerWith().request('GET', first.url.replace('//', '//u:s3cr3t@'))
    expect(first.seen[0]?.headers.authorization).toBe(`Basic ${btoa('u:s3cr3t')}`)
    expect(carried(other.seen[0]?.headers)).toEqual([])
    expect(JSON.stringify([response.url, response.history])).not.toContain('s3cr3t')
  })

  it.each([
    ['A→B→B', ['b', 'b']],
    ['A→B→A', ['b', 'a']],
    ['A→B→A→A', ['b', 'a', 'a']],
    ['A→B→C→A', ['b', 'c', 'a']],
  ])('dropped in %s never comes back', async (_, path) => {
    const hops = path.map((name, index) => ({ name, target: `/${index + 1}` }))
    let port = 0
    const server = await origin((request, response) => {
      const next = hops[Number(request.url?.slice(1))]
      if (next === undefined) response.end()
      else response.writeHead(302, { Location: `http://${next.name}.test:${port}${next.target}` }).end()
    })
    port = server.port
    const start = `http://a.test:${port}/0`
    await managerWith({ removeHeadersOnRedirect: LISTED }).request('GET', start, { headers: secrets(String) })
    expect(server.seen.map((each) => carried(each.headers).length)).toEqual([6, ...path.map(() => 0)])
  })

  it('dropped stays dropped when the other origin asks for a retry', async () => {
    let busy = true
    const other = await origin((_, response) => {
      if (busy) response.writeHead(503, { 'Retry-After': '0' }).end()
      else response.end()
      busy = false
    })
    const first = await origin((_, response) => void response.writeHead(308, { Location: other.url }).end())
    await managerWith().request('GET', first.url, { headers: { Cookie: 'a=b', Authorization: 'x' } })
    expect(other.seen.map((each) => carried(each.headers))).toEqual([[], []])
  })

  it('of one call is not in the next, to this origin or through that proxy', async () => {
    const server = await origin()
    const manager = managerWith()
    await manager.request('GET', server.url.replace('//', '//u:p@'), {
      headers: { Cookie: 'a=b', Referer: 'r' },
    })
    await manager.request('GET', server.url)
    expect(carried(server.seen[0]?.headers)).toEqual(['authorization', 'cookie'])
    expect(carried(server.seen[1]?.headers)).toEqual([])
    expect(server.seen[1]?.headers.referer).toBeUndefined()
  })

  it('in Set-Cookie is returned and never sent: there is no jar', async () => {
    const server = await origin((_, response) => {
      response.writeHead(302, {
        Location: '/',
        'Set-Cookie': ['a=b%0d%0aX: y', '__proto__=c; SameSite=Laxx'],
      })
      response.end()
    })
    const manager = managerWith({ redirect: false })
    const response = await manager.request('GET', server.url)
    expect(response.headers.getAll('set-cookie')).toEqual(['a=b%0d%0aX: y', '__proto__=c; SameSite=Laxx'])
    await manager.request('GET', server.url)
    expect(server.seen[1]?.headers.cookie).toBeUndefined()
  })
})
