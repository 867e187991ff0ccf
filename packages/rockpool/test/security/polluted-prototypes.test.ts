/**
 * A bug elsewhere has put something on `Object.prototype`, under the name of any option of ours: the bytes that are sent,
 * where they go and how often stay the same. And names that every object has are header names like any other.
 */
import { answer, answerAll, repeat, response, type ScriptedServer, scriptedServer } from '@rockpool/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { PoolManager, ProxyManager } from '../../src/index.js'
import { knownNames } from '../../src/option-places.js'

/** Options of options, of requests and of what plugins make, which no list has. */
const INNER = [
  'read', 'total', 'username', 'password', 'maxHeaderBytes', 'maxDecodedBytes', 'maxResponseBytes', 'maxContentEncodings',
  'auth', 'url', 'method', 'target', 'origin', 'body', 'json', 'fields', 'query', 'signal', 'chunked', 'expectContinue',
  'preloadContent', 'decodeContent', 'encodeMultipart', 'releaseConnection', 'assertSameHost', 'requireFraming', 'form', 'via',
  'partition', 'request', 'delayMs', 'reason', 'location', 'rejectUnauthorized', 'checkServerIdentity', 'servername', 'path',
  'port', 'host', 'localPort', 'enforceContentLength', 'onInformational', 'contentType', 'filename', 'ratio', 'minPerSecond',
] // biome-ignore format: a list of names
/** Names that Node itself reads from where it must not; every connection of every library fails with them. */
const NODES_OWN = new Set(['connect', 'signal', 'error', 'read'])
const names = [...new Set([...knownNames('manager'), ...INNER])].filter((name) => !NODES_OWN.has(name))
const values: readonly unknown[] = [
  'http://127.0.0.1:1/evil',
  true,
  7,
  null,
  { Evil: '1' },
  ['Evil'],
  () => 'evil',
]

async function polluted<T>(group: readonly string[], value: unknown, act: () => Promise<T>): Promise<T> {
  for (const name of group)
    Object.defineProperty(Object.prototype, name, {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    })
  try {
    return await act()
  } finally {
    for (const name of group) Reflect.deleteProperty(Object.prototype, name)
  }
}

interface World {
  readonly servers: readonly ScriptedServer[]
  readonly urls: { readonly moved: string; readonly busy: string; readonly end: string }
}

/** Servers on bare sockets: Node's own http server would read the pollution too. */
async function world(): Promise<World> {
  const end = await scriptedServer(answerAll(response(200, 'ok')))
  const moved = await scriptedServer(answerAll(response(307, '', { Location: `${end.origin}/moved` })))
  const busy = await scriptedServer(
    repeat(answer(response(503, '', { 'Retry-After': '0' })), answer(response(200, 'ok'))),
  )
  const servers = [moved, busy, end]
  for (const server of servers) onTestFinished(() => server.close())
  return { servers, urls: { moved: moved.origin, busy: busy.origin, end: end.origin } }
}

/** Redirect, retry, proxy, JSON, form; returns what came of it. */
async function smoke({ urls }: World): Promise<string[]> {
  const manager = new PoolManager({ headers: { Authorization: 'Bearer x' } })
  const proxied = new ProxyManager(urls.end, { proxyHeaders: { 'X-Proxy': '1' } })
  const calls = [
    () => manager.request('POST', `${urls.moved}/start`, { body: 'abc' }),
    () => manager.request('GET', urls.busy),
    () =>
      manager.request('POST', urls.end, {
        json: { a: 1 },
        headers: { 'X-It': 'v' },
        timeout: { total: 9_000 },
      }),
    () => manager.request('POST', urls.end, { fields: { a: '1' }, encodeMultipart: false }),
    () => proxied.request('GET', 'http://origin.test/x'),
  ]
  const outcomes: string[] = []
  for (const call of calls) {
    await call().then(
      ({ status, history }) => outcomes.push(`${status} ${history.length}`),
      (error: Error) => outcomes.push(`${error.name}: ${error.message}`),
    )
  }
  await Promise.all([manager.close({ graceMs: 1 }), proxied.close({ graceMs: 1 })])
  return outcomes
}

/** Several names at a time: each run takes a dozen exchanges. */
const groups = Array.from({ length: Math.ceil(names.length / 12) }, (_, index) =>
  names.slice(index * 12, index * 12 + 12),
)

describe('on Object.prototype', () => {
  it.each(groups.map((group) => [group.join(', '), group] as const))(
    '%s change nothing',
    async (_, group) => {
      const places = await world()
      const record = async (): Promise<unknown> => {
        const before = places.servers.map(({ requests }) => requests.length)
        const outcomes = await smoke(places)
        return [outcomes, places.servers.map(({ requests }, index) => requests.slice(before[index]))]
      }
      const expected = await record()
      for (const value of values) {
        const shown = typeof value === 'function' ? 'a function' : JSON.stringify(value)
        expect(await polluted(group, value, record), shown).toEqual(expected)
      }
    },
  )
})

describe('names that every object has', () => {
  const special = ['__proto__', 'constructor', 'hasOwnProperty', 'toString', 'valueOf', '__defineGetter__']
  it.each(special)('%s is a header name like any other, sent and received', async (name) => {
    const server = await scriptedServer(answer(response(200, 'ok', { [`${name}`]: 'v' })))
    onTestFinished(() => server.close())
    await using manager = new PoolManager()
    const received = await manager.request('GET', server.origin, { headers: [[name, 'v']] })
    expect(received.headers.get(name)).toBe('v')
    expect(Object.getPrototypeOf(received.headers.toJSON())).toBeNull()
    expect(server.requests[0]).toContain(`\r\n${name}: v\r\n`)
    expect(Object.getPrototypeOf({})).toBe(Object.prototype)
  })
})
