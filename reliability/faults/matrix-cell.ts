// Runs one cell of the fault matrix: one call, stopped at one phase, hit by one fault, on one route. Afterwards the slot
// must be back: the pool has a single connection, and the next call has to be answered by it.

import { getEventListeners } from 'node:events'
import { Readable } from 'node:stream'
import { deferred, faultRelay, gate, ManualClock, scriptedServer, turns, until } from '@rockpool/testkit'
import { PART, poolOn, SOUND, type Stop, serverScript, WHOLE } from './matrix-routes.ts'
import { type Cell, type Verdict, verdict } from './matrix-rules.ts'

/** Why a caller gave up; the very object must come back. */
const GAVE_UP = new Error('the caller has gone')

const CONNECT_MS = 1_000
const READ_MS = 3_000
/** Shorter than either, where a cell is about the time for all of a call. */
const TOTAL_MS = 900
/** What a pool that is closed gives to the calls under way. */
const GRACE_MS = 700
/** In which everything that is on its way inside this process has arrived. */
const QUIET_TURNS = 30

type Relay = Awaited<ReturnType<typeof faultRelay>>
type Pool = ReturnType<typeof poolOn>

type Outcome = { readonly body: string } | { readonly error: unknown }

/** What a cell waited for in vain. */
class Never extends Error {}

/** More turns than anything here takes: whatever has not happened by then never will. */
const inTurns = (condition: () => boolean, what: string): Promise<boolean> =>
  until(condition, { turns: 100_000 }).catch(() => {
    throw new Never(`${what} never came`)
  })

/** Runs the cell. Resolves with what is wrong; nothing when all is as promised. */
export async function runCell(cell: Cell): Promise<string | undefined> {
  const stop: Stop = { phase: cell.phase, reached: deferred(), go: gate() }
  const server = await scriptedServer(serverScript(cell.route, stop), { record: false })
  const relayClock = new ManualClock()
  const relay = await faultRelay(server, [], { clock: relayClock })
  const clock = new ManualClock()
  const total = cell.fault === 'deadline' ? { total: TOTAL_MS } : {}
  const timeout = { connect: CONNECT_MS, read: READ_MS, ...total }
  const pool = poolOn(cell.route, relay.port, { clock, timeout, block: true, maxSize: 1 })
  try {
    const source = uploadOf(cell)
    const caller = new AbortController()
    const call = request(pool, cell, source, caller.signal)
    let outcome: Outcome | undefined
    void call.then((value) => {
      outcome = value
    })
    let isReached = false
    void stop.reached.promise.then(() => {
      isReached = true
    })
    await inTurns(() => isReached || outcome !== undefined, `the phase ${cell.phase}`)
    await turns(QUIET_TURNS)
    if (cell.phase === 'send' && cell.fault === 'stall') await stalled(relay)
    await strike({ cell, relay, relayClock, clock, stop, caller, pool, settled: () => outcome !== undefined })
    await inTurns(() => outcome !== undefined, 'the end of the call')
    const fault = judge(verdict(cell), await call)
    if (fault !== undefined) return fault
    if (getEventListeners(caller.signal, 'abort').length > 0) return 'a listener stayed on the signal'
    if (cell.mode === 'upload') await inTurns(() => source.destroyed, "the release of the body's source")
    return await (cell.fault === 'close' ? lookAfterEnd(pool) : lookAfter(pool, relayClock))
  } catch (error) {
    return error instanceof Never
      ? `${error.message}; the pool: ${standing(pool)}`
      : `the harness failed: ${String(error)}`
  } finally {
    // A pool that has lost a slot waits for it for ever; this harness does not.
    await Promise.race([pool.close({ graceMs: 0 }), turns(10_000)])
    await relay.close()
    await server.close()
  }
}

/** One call. `source` is the body of an upload. */
async function request(pool: Pool, { mode }: Cell, source: Readable, signal: AbortSignal): Promise<Outcome> {
  try {
    const answer =
      mode === 'upload'
        ? await pool.request('POST', '/', { body: source, signal })
        : await pool.request('GET', '/', { preloadContent: mode === 'preload', signal })
    return { body: await answer.text() }
  } catch (error) {
    return { error }
  }
}

/** A body of three small pieces, or one that never ends. */
function uploadOf({ phase }: Cell): Readable {
  let left = phase === 'send' ? Number.POSITIVE_INFINITY : 3
  return new Readable({
    read() {
      left -= 1
      this.push(left < 0 ? null : new Uint8Array(phase === 'send' ? 65_536 : 10))
    },
  })
}

interface Scene {
  readonly cell: Cell
  readonly relay: Relay
  readonly relayClock: ManualClock
  readonly clock: ManualClock
  readonly stop: Stop
  readonly caller: AbortController
  readonly pool: Pool
  readonly settled: () => boolean
}

async function strike(scene: Scene): Promise<void> {
  const { cell, relay, relayClock, stop, caller, pool, settled } = scene
  const connection = await relay.connection(0)
  switch (cell.fault) {
    case 'cut':
    case 'reset':
    case 'halfClose':
      connection.strike({ kind: cell.fault })
      // A connection that breaks while it is idle is for the next call to notice.
      if (cell.phase !== 'idle') await inTurns(settled, 'the end of the call')
      stop.go.open()
      return
    case 'stall':
      connection.stall(cell.phase === 'send' ? 'toServer' : 'toClient')
      stop.go.open()
      await waitOutTheTime(scene)
      return
    case 'corrupt':
      connection.strike({ kind: 'corrupt' })
      stop.go.open()
      await inTurns(settled, 'the end of the call')
      return
    case 'delay':
      connection.strike({ kind: 'delay', ms: 50 })
      stop.go.open()
      await inTurns(() => {
        relayClock.advance(1)
        return settled()
      }, 'the end of the call')
      return
    case 'deadline':
      await waitOutTheTime(scene)
      stop.go.open()
      return
    case 'close': {
      const closed = pool.close({ graceMs: GRACE_MS })
      await waitOutTheTime(scene)
      stop.go.open()
      await closed
      return
    }
    case 'abort':
      caller.abort(GAVE_UP)
      await inTurns(settled, 'the end of the call')
      stop.go.open()
      return
    case 'drip':
      connection.strike({ kind: 'drip' })
      stop.go.open()
      await inTurns(settled, 'the end of the call')
  }
}

/** A call ends when its time is up, and not a millisecond before; who stands in line when the pool is closed, at once. */
async function waitOutTheTime({ cell, clock, settled }: Scene): Promise<void> {
  const isConnecting = cell.phase === 'tls' || cell.phase.startsWith('proxy')
  await turns(QUIET_TURNS)
  if (cell.fault === 'close' && isConnecting) {
    await inTurns(settled, 'the end of who stood in line')
    return
  }
  const silence = isConnecting ? CONNECT_MS : READ_MS
  const time = cell.fault === 'close' ? GRACE_MS : cell.fault === 'deadline' ? TOTAL_MS : silence
  clock.advance(time - 1)
  await turns(QUIET_TURNS)
  if (settled()) throw new Error('the call ended before its time-out')
  clock.advance(1)
  await inTurns(settled, 'the end of the call at its time-out')
}

/** An upload that nobody reads fills every buffer on its way, then stands still. */
async function stalled(relay: Relay): Promise<void> {
  const connection = await relay.connection(0)
  connection.stall('toServer')
  let before = -1
  while (before !== connection.received.toServer) {
    before = connection.received.toServer
    await turns(10 * QUIET_TURNS)
  }
}

function judge(promised: Verdict, outcome: Outcome): string | undefined {
  if ('body' in outcome) {
    if (promised.ends === 'error')
      return `ended well (${JSON.stringify(outcome.body.slice(0, 30))}), not as promised`
    const expected = promised.ends === 'part' ? PART : WHOLE
    return outcome.body === expected ? undefined : `another body: ${JSON.stringify(outcome.body)}`
  }
  if (promised.ends === 'reason') {
    return outcome.error === GAVE_UP
      ? undefined
      : `ended with ${String(outcome.error)}, not with the reason of the signal`
  }
  const error = outcome.error as Error & { phase?: string; sent?: string }
  const got = `${error.name} (phase ${error.phase}, sent ${error.sent}): ${error.message}`
  if (promised.ends !== 'error') return `${got}, not the ${promised.ends} body`
  const wrong = (what: string): string => `${got}, not ${what}`
  if (!promised.names.includes(error.name)) return wrong(promised.names.join(' or '))
  if (error.phase !== promised.phase) return wrong(`in phase ${promised.phase}`)
  if (error.sent !== promised.sent) return wrong(`sent ${promised.sent}`)
  return undefined
}

/** What a pool holds, for whom a call that does not end is to be found. */
function standing(pool: Pool): string {
  return pool
    .inspect()
    .pools.map(
      ({ active, idle, dialing, waiters }) =>
        `${active} active, ${idle} idle, ${dialing} being made, ${waiters.length} in line`,
    )
    .join('; ')
}

/** Nothing is open any more, and whoever comes is told why. */
async function lookAfterEnd(pool: Pool): Promise<string | undefined> {
  const open = pool.inspect().pools.map(({ connections, dialing }) => connections.length + dialing)
  if (open.some((count) => count > 0)) return 'a connection outlived the pool'
  const next = await pool.request('GET', '/again').then(
    () => 'an answer from a closed pool',
    ({ name }: Error) => name,
  )
  return next === 'ClosedPoolError' ? undefined : next
}

/** The pool's only slot is free again, and a sound connection serves the next call. */
async function lookAfter(pool: Pool, relayClock: ManualClock): Promise<string | undefined> {
  const busy = pool.inspect().pools.map(({ active, dialing, waiters }) => active + dialing + waiters.length)
  if (busy.some((count) => count > 0)) return 'the slot was not given back'
  let next: string | undefined
  void pool
    .request('GET', '/again')
    .then((answer) => answer.text())
    .then(
      (body) => {
        next = body
      },
      (error: unknown) => {
        next = `the next call failed: ${String(error)}`
      },
    )
  await inTurns(() => {
    // A connection whose bytes come late still does.
    relayClock.advance(1)
    return next !== undefined
  }, 'the next answer')
  return next === SOUND ? undefined : next
}
