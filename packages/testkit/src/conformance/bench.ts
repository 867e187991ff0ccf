/**
 * The bench on which one check puts a plugin: servers, pools and a clock of its own, and at the end the same questions
 * for every check: has each call settled once, was each disposer run once, is everything given back?
 *
 * Time is the manual clock's. A call is waited for in turns of the event loop, and when none has helped for a while
 * the clock moves to its next timer, so that plugins that wait do not hold up the suite.
 */
import assert from 'node:assert/strict'
import { HTTPConnectionPool, type HTTPResponse, type PoolOptions, type RequestOptions } from '@rockpool/core'
import type { Disposer, Plugin, PluginHost } from '@rockpool/core/plugin'
import { LeakError, type LeakTracker, trackLeaks } from '../leaks/track-leaks.js'
import { ManualClock } from '../manual-clock.js'
import type { Script } from '../server/script.js'
import { type ScriptedServer, scriptedServer } from '../server/scripted-server.js'
import { turns, until } from '../turns.js'
import { type ProcessListeners, processListeners, type Watch, watcher } from './probes.js'
import type { Settings } from './settings.js'

/** How a pool of the bench differs from the usual: no time-outs, ten connections. */
export interface BenchPoolOptions extends Omit<PoolOptions<readonly Plugin[]>, 'plugins' | 'clock'> {
  /** Plugins besides the one under test, in front of it. */
  readonly before?: readonly Plugin[]
  /** Plugins behind it. */
  readonly after?: readonly Plugin[]
  /** The plugin under test, when not a new one. */
  readonly plugin?: Plugin
}

type AnyRequestOptions = RequestOptions & Readonly<Record<string, never>>

/** A pool with any plugins. */
export type BenchPool = HTTPConnectionPool<readonly Plugin[]>

interface Counts {
  calls: number
  readonly settled: Map<number, number>
  /** Connects under way. */
  connects: number
  disposers: number
  disposed: number
}

/** Turns without an end after which the clock moves. */
const TURNS_BEFORE_TIME_PASSES = 200

/** See the file's head. */
export class Bench {
  readonly settings: Settings
  readonly clock: ManualClock = new ManualClock()
  readonly #leaks: LeakTracker = trackLeaks()
  readonly #listeners: ProcessListeners = processListeners()
  readonly #servers: ScriptedServer[] = []
  readonly #pools: { readonly pool: BenchPool; readonly counts: Counts }[] = []
  readonly #cleanUps: (() => unknown)[] = []
  #warns = false

  constructor(settings: Settings) {
    this.settings = settings
  }

  /** Starts a server. */
  async serve(script: Script): Promise<ScriptedServer> {
    const server = await scriptedServer(script)
    this.#servers.push(server)
    const cleanUp = this.settings.prepare(server)
    if (cleanUp !== undefined) this.#cleanUps.push(cleanUp)
    return server
  }

  /** Opens a pool with the plugin in it. */
  pool(server: ScriptedServer, options: BenchPoolOptions = {}): BenchPool {
    const { before = [], after = [], plugin = this.settings.make(), ...rest } = options
    const counts: Counts = { calls: 0, settled: new Map(), connects: 0, disposers: 0, disposed: 0 }
    const watch: Watch = {
      settled: ({ id }) => void counts.settled.set(id, (counts.settled.get(id) ?? 0) + 1),
      connecting: (change) => {
        counts.connects += change
      },
    }
    const pool: BenchPool = new HTTPConnectionPool<readonly Plugin[]>(server.host, server.port, {
      timeout: null,
      ...rest,
      clock: this.clock,
      plugins: [
        watcher(watch),
        ...this.settings.companions(),
        ...before,
        countingDisposals(plugin, counts),
        ...after,
      ],
    })
    this.#pools.push({ pool, counts })
    return pool
  }

  /** Begins a call with the plugin's request options. What becomes of it is for `outcome` to tell. */
  call(
    pool: BenchPool,
    path: string,
    options: RequestOptions & { method?: string } = {},
  ): Promise<HTTPResponse> {
    const { method = 'GET', ...rest } = options
    const entry = this.#pools.find((each) => each.pool === pool)
    if (entry !== undefined) entry.counts.calls += 1
    if (options.signal) this.#leaks.watch(options.signal)
    const promise = pool.request(method, path, {
      ...this.settings.requestOptions,
      ...rest,
    } as AnyRequestOptions)
    promise.catch(() => undefined)
    return promise
  }

  /** Waits for the end of anything. `still`: time stands. */
  async ended<T>(
    promise: Promise<T>,
    what: string,
    still = false,
  ): Promise<{ value: T } | { error: unknown }> {
    let end: { value: T } | { error: unknown } | undefined
    promise.then(
      (value) => {
        end = { value }
      },
      (error: unknown) => {
        end = { error }
      },
    )
    let turn = 0
    const passed = (): typeof end => {
      if (!still && end === undefined && ++turn % TURNS_BEFORE_TIME_PASSES === 0) this.clock.advanceToNext()
      return end
    }
    return (await until(passed, { turns: this.settings.turns, what: `the end of ${what}` })) as NonNullable<
      typeof end
    >
  }

  /** Waits for something that must succeed. */
  async success<T>(promise: Promise<T>, what: string): Promise<T> {
    const end = await this.ended(promise, what)
    if ('error' in end) throw new assert.AssertionError({ message: `${what} failed: ${told(end.error)}` })
    return end.value
  }

  /** Waits for something that must fail, and returns the reason. */
  async failure(promise: Promise<unknown>, what: string, still = false): Promise<unknown> {
    const end = await this.ended(promise, what, still)
    if (!('error' in end)) throw new assert.AssertionError({ message: `${what} should have failed` })
    return end.error
  }

  /** A GET whose status and text must be right. */
  async expectText(pool: BenchPool, path: string, text: string): Promise<void> {
    const response = await this.success(this.call(pool, path), `GET ${path}`)
    assert.equal(response.status, 200, `status of GET ${path}`)
    const body = await this.success(response.text(), `the body of ${path}`)
    assert.equal(body, this.settings.expectedBody(text), `body of GET ${path}`)
  }

  /** Waits until something is so. */
  until(condition: () => unknown, what: string): Promise<unknown> {
    return until(condition, { turns: this.settings.turns, what })
  }

  /** No connection in use, nobody in line, nobody asleep. */
  async expectAtRest(pool: BenchPool): Promise<void> {
    const rest = (): boolean => {
      const { connections, waiters, sleeping } = pool.inspect()
      return waiters.length + sleeping + connections.filter(({ state }) => state === 'active').length === 0
    }
    await this.until(rest, `a pool at rest (now ${JSON.stringify(pool.inspect().pools)})`)
  }

  /** What the check does makes the core warn: only what is left over counts. */
  expectWarnings(): void {
    this.#warns = true
  }

  /** Closes everything and asks what every check asks. */
  async finish(): Promise<void> {
    for (const { pool } of this.#pools) {
      await this.ended(pool.close({ graceMs: 0 }), 'close()')
      await this.ended(pool.close(), 'a second close()')
    }
    await turns(3)
    for (const { counts } of this.#pools) expectSettledOnce(counts)
    assert.equal(this.clock.pending, 0, "timers of the pool's clock that are still armed after close()")
    assert.deepEqual(processListeners(), this.#listeners, 'listeners on process after close()')
    await this.#release()
    await this.#leaks.assertNone().catch((error: unknown) => {
      if (!(this.#warns && error instanceof LeakError && error.findings.every(isWarning))) throw error
    })
  }

  /** Lets go of what a failed check has left. */
  async abandon(): Promise<void> {
    this.#leaks.stop()
    for (const { pool } of this.#pools) void pool.close({ graceMs: 0 }).catch(() => undefined)
    await this.#release().catch(() => undefined)
  }

  async #release(): Promise<void> {
    for (const cleanUp of this.#cleanUps.splice(0)) await cleanUp()
    for (const server of this.#servers.splice(0)) await server.close()
  }
}

const isWarning = (finding: string): boolean => finding.startsWith('warning: ')

function expectSettledOnce({ calls, settled, connects, disposers, disposed }: Counts): void {
  assert.equal(
    connects,
    0,
    'connects that have not ended though nobody wants them: a connector must heed its signal',
  )
  assert.ok(settled.size <= calls, 'more calls have settled than were made')
  for (const times of settled.values()) assert.equal(times, 1, 'a call must settle once')
  assert.equal(disposed, disposers, 'the disposer must run once, at close()')
}

/** What a pool calls; left out of the published types, because nobody else should. */
interface Installable extends Plugin {
  install(host: PluginHost): Disposer | undefined
}

/** The same plugin; runs of the disposers it returns are counted. */
function countingDisposals(plugin: Plugin, counts: Counts): Plugin {
  const inner = plugin as Installable
  const counting: Installable = {
    ...inner,
    install(host) {
      const dispose = inner.install(host)
      if (typeof dispose !== 'function') return dispose
      counts.disposers += 1
      return () => {
        counts.disposed += 1
        return dispose()
      }
    },
  }
  return Object.freeze(counting)
}

/** An error and what caused it, in a line. */
export function told(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause === undefined ? '' : `, because of ${told(error.cause)}`
  return `${error.name}: ${error.message}${cause}`
}
