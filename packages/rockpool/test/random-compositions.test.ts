// Any plugins, in any order, over peers that fail in any way, with callers that give up at any moment: whatever the lots say, every
// call ends, settles once, and leaves nothing behind. Prints its seed when it fails; COMPOSITIONS_SEED repeats a run, and
// COMPOSITIONS_ROUNDS makes it longer.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { HTTPError, type HTTPResponse, PoolManager } from '@rockpool/core'
import { definePlugin, type Plugin } from '@rockpool/core/plugin'
import { proxy } from '@rockpool/plugin-proxy'
import { redirect, retry } from '@rockpool/plugin-retry'
import { tls } from '@rockpool/plugin-tls'
import {
  faultRelay,
  type LeakError,
  type LeakTracker,
  type RelayFault,
  trackLeaks,
  until,
} from '@rockpool/testkit'
import { expect, it, onTestFinished } from 'vitest'
import { Lots, randomPlugins } from './support/random-plugins.js'
import { type Answer, authority, origin, proxyServer, secureOrigin } from './support/servers.js'

const SEED = Number(process.env.COMPOSITIONS_SEED ?? Date.now() % 1_000_000)
const ROUNDS = Number(process.env.COMPOSITIONS_ROUNDS ?? 8)
const CALLS = 24

const LONG = Buffer.alloc(150_000, 'tide')
const answers: Readonly<Record<string, Answer>> = {
  '/ok': (_, response) => void response.end('hello'),
  '/long': (_, response) => void response.end(LONG),
  '/zip': (_, response) => {
    response.setHeader('Content-Encoding', 'gzip')
    response.end(gzipSync(LONG))
  },
  '/moved': (_, response) => void response.writeHead(307, { Location: '/ok' }).end('moved'),
  '/busy': (_, response) => void response.writeHead(503, { 'Retry-After': '0' }).end('busy'),
  '/empty': (_, response) => void response.writeHead(204).end(),
  '/last': (_, response) => void response.setHeader('Connection', 'close').end('last'),
}
const paths = Object.keys(answers)

/** Answers early when the upload is none of its business. */
const answer: Answer = (request, response) => {
  request.on('error', () => undefined)
  request.resume()
  const reply = answers[request.url ?? ''] ?? answers['/ok']
  if (request.url === '/busy') reply?.(request, response)
  else request.on('end', () => reply?.(request, response))
}

function randomFaults(lots: Lots): RelayFault[] {
  if (lots.once(2)) return []
  const direction = lots.once(3) ? 'toServer' : 'toClient'
  // In a head, or further on: most answers are short.
  const at = lots.once(6) ? 'accept' : lots.below(lots.pick([200, 4_000]))
  const kind = lots.pick(['cut', 'reset', 'halfClose', 'stall', 'delay', 'drip'] as const)
  if (kind === 'delay') return [{ kind, direction, at, ms: lots.below(20) }]
  if (kind === 'drip') return [{ kind, direction, at, bytes: 700 }]
  return [{ kind, direction, at }]
}

/** A manager of random plugins and options, and how often each of its calls has settled. */
function randomManager(
  lots: Lots,
  proxyUrl: string,
): { manager: PoolManager<readonly Plugin[]>; settled: Map<number, number> } {
  const settled = new Map<number, number>()
  const ledger = definePlugin({
    name: 'ledger',
    apply: ({ hooks }) =>
      hooks.onSettle.tap('ledger', ({ id }) => void settled.set(id, (settled.get(id) ?? 0) + 1)),
  })()
  const plugins: Plugin[] = [...randomPlugins(lots), ledger, tls({ caCertData: authority.cert })]
  if (lots.once(2)) plugins.unshift(retry({ total: 2, statusForcelist: [503], budget: false }))
  if (lots.once(2)) plugins.push(redirect())
  if (lots.once(2)) plugins.unshift(proxy({ url: proxyUrl }))
  const manager = new PoolManager<readonly Plugin[]>({
    plugins,
    maxSize: 1 + lots.below(4),
    block: lots.once(2),
    poolTimeout: lots.once(3) ? 40 : 2_000,
    timeout: {
      connect: 400,
      read: 60,
      // A timer that outlives its call is still there when everything is looked at.
      total: lots.pick([null, 80, 60_000]),
    },
  })
  return { manager, settled }
}

const uses: readonly ((response: HTTPResponse) => Promise<unknown>)[] = [
  (response) => response.bytes(),
  (response) => response.drain(),
  async (response) => response.close(),
  async (response) => response.release(),
  async (response) => {
    for await (const chunk of response) if (chunk.length > 0) break
  },
  async (response) => {
    await response.read(10)
    response.close()
  },
]

async function randomCall(
  lots: Lots,
  manager: PoolManager<readonly Plugin[]>,
  bases: readonly string[],
  leaks: LeakTracker,
): Promise<string> {
  const caller = new AbortController()
  leaks.watch(caller.signal)
  const reason = new Error('given up by lot')
  // The one that waits for nothing else is bounded by its caller, as a caller without a deadline has to do.
  const patience = lots.once(4) ? lots.below(30) : 700
  const timer = setTimeout(() => caller.abort(reason), patience)
  const method = lots.pick(['GET', 'GET', 'POST', 'PUT', 'HEAD'])
  const bodies = [
    () => 'small',
    () => LONG,
    () => async () =>
      (async function* () {
        yield LONG
      })(),
  ]
  const body = method === 'POST' || method === 'PUT' ? lots.pick(bodies)() : undefined
  const use = lots.pick(uses)
  const preloadContent = lots.once(2)
  if (lots.once(3)) await pause(lots.below(10))
  try {
    const url = lots.pick(bases) + lots.pick(paths)
    const response = await manager.urlopen(method, url, {
      body: body as never,
      preloadContent,
      signal: caller.signal,
    })
    await use(response)
    return `${response.status}`
  } catch (error) {
    if (error !== reason && !(error instanceof HTTPError))
      throw new Error(`a caller was told what is no error of ours: ${String(error)}`, { cause: error })
    return error instanceof Error ? error.name : 'aborted'
  } finally {
    clearTimeout(timer)
  }
}

async function round(
  lots: Lots,
  bases: readonly string[],
  proxyUrl: string,
  leaks: LeakTracker,
): Promise<string[]> {
  const { manager, settled } = randomManager(lots, proxyUrl)
  const calls = Array.from({ length: CALLS }, () => randomCall(lots, manager, bases, leaks))
  const outcomes = await Promise.all(calls)
  await until(() => settled.size === CALLS, { what: 'every call to settle' })
  await until(
    () =>
      manager
        .inspect()
        .pools.every(({ active, dialing, waiters }) => active + dialing + waiters.length === 0),
    {
      what: 'every slot to be free',
    },
  )
  expect([...settled.values()].filter((times) => times !== 1)).toEqual([])
  expect(manager.inspect().sleeping).toBe(0)
  await manager.close()
  expect(manager.inspect().pools.flatMap(({ connections }) => connections)).toEqual([])
  return outcomes
}

it(
  `random plugins over random faults leave nothing behind (seed ${SEED}, ${ROUNDS} rounds)`,
  async () => {
    const lots = new Lots(SEED)
    const [plain, secure, between] = [await origin(answer), await secureOrigin(answer), await proxyServer()]
    const plan = (): RelayFault[] => randomFaults(lots)
    const relays = await Promise.all(
      [plain, secure].map(({ port }) => faultRelay({ host: '127.0.0.1', port }, plan)),
    )
    onTestFinished(async () => {
      for (const relay of relays) await relay.close()
    })
    const [toPlain, toSecure] = relays
    const bases = [`http://127.0.0.1:${toPlain?.port}`, `https://localhost:${toSecure?.port}`]
    const counts = new Map<string, number>()
    const sockets: Socket[] = []
    const opened = (message: unknown): void => void sockets.push((message as { socket: Socket }).socket)
    subscribe('net.client.socket', opened)
    onTestFinished(() => void unsubscribe('net.client.socket', opened))
    const leaks = trackLeaks()
    onTestFinished(() => leaks.stop())
    for (let left = ROUNDS; left > 0; left -= 1) {
      for (const outcome of await round(lots, bases, between.url, leaks)) {
        counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
      }
    }
    // Where nothing is broken, and with time enough, the same peers still answer.
    for (const relay of relays) relay.plan = []
    const sound = new PoolManager()
    expect((await sound.request('GET', `${bases[0]}/ok`)).status).toBe(200)
    await sound.close()
    const ports = [toPlain?.port, toSecure?.port, Number(new URL(between.url).port)]
    const open = (): Socket[] => sockets.filter((each) => !each.destroyed && ports.includes(each.remotePort))
    await until(() => open().length === 0, { what: 'every socket that a client opened to be closed' })
    // A relay that holds bytes back holds its server too, and it may only now accept what its client has left long ago.
    for (const relay of relays) await relay.close()
    // That a pool without `block` was overrun is said once by each, and no leak.
    const findings = await leaks.assertNone().catch((error: LeakError) => error.findings)
    expect(findings?.filter((each) => !each.includes('Connection pool is full')) ?? []).toEqual([])
    // Not all well and not all failed in one way: something was tried.
    const struck = relays.flatMap((relay) => Object.values(relay.struck))
    expect(struck.reduce((sum, times) => sum + times, 0)).toBeGreaterThan(0)
    expect(counts.size).toBeGreaterThan(3)
  },
  30_000 + ROUNDS * 3_000,
)
