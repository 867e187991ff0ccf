import { afterEach, describe, expect, it } from 'vitest'
import { exchange, MESSAGE, PoolRig, polled, QUIET, settled, transportOf } from '../../test/pool/pool-rig.js'
import { ClosedPoolError } from '../ground/errors.js'
import { Origin } from '../ground/origin.js'

const reasons = (rig: PoolRig): string[] => rig.closed.map(([, reason]) => reason)

describe('the end of a pool', () => {
  afterEach(polled)

  it('refuses who waits and who comes, gives up what is being made, closes what is idle', async () => {
    const rig = new PoolRig({ block: true, maxSize: 2 })
    const idle = await rig.leased()
    exchange(idle)
    idle.lease?.release(true, undefined)
    const active = rig.ask()
    const dialled = rig.ask()
    const waiting = rig.ask()
    await rig.pool.close(undefined)
    expect([dialled.error, waiting.error, rig.ask().error].map((error) => (error as Error).message)).toEqual(
      Array.from({ length: 3 }, () => 'the pool for http://origin.test:80 is closed'),
    )
    expect(waiting.error).toBeInstanceOf(ClosedPoolError)
    expect(waiting.error).toMatchObject({ phase: 'queue' })
    expect([rig.dials[1]?.signal.aborted, rig.pool.closed, rig.retired]).toEqual([true, true, 0])
    exchange(active)
    active.lease?.release(true, undefined)
    expect([reasons(rig), rig.pool.open]).toEqual([['pool closed'], 0])
    await settled()
    expect(rig.retired).toBeGreaterThan(0)
  })

  it('with a grace waits for what is under way', async () => {
    const rig = new PoolRig()
    const active = await rig.leased()
    let ended = false
    const closing = rig.pool.close(1_000).then(() => {
      ended = true
    })
    await settled()
    expect([ended, rig.clock.pending]).toEqual([false, 1])
    exchange(active)
    active.lease?.release(true, undefined)
    await closing
    expect([ended, rig.clock.pending, reasons(rig), rig.retired]).toEqual([true, 0, ['pool closed'], 1])
  })

  it('with a grace waits for the last of what is under way', async () => {
    const rig = new PoolRig({ maxSize: 2 })
    const [first, second] = [await rig.leased(), await rig.leased()]
    let ended = false
    const closing = rig.pool.close(1_000).then(() => {
      ended = true
    })
    first.lease?.release(false, undefined)
    await settled()
    expect([ended, rig.clock.pending, rig.retired]).toEqual([false, 1, 0])
    second.lease?.release(false, undefined)
    await closing
    expect(rig.retired).toBe(1)
  })

  it('is what each idle connection was closed for', async () => {
    const rig = new PoolRig()
    const idle = await rig.leased()
    exchange(idle)
    idle.lease?.release(true, undefined)
    await rig.pool.close(undefined)
    expect([reasons(rig), transportOf(idle).destroyed]).toEqual([['pool closed'], true])
  })

  it('cuts what outlives the grace, and says so', async () => {
    const rig = new PoolRig()
    const active = await rig.leased()
    const errors: unknown[] = []
    active.lease?.connection.send(MESSAGE, { ...QUIET, onFailure: (error) => errors.push(error) }, 0)
    const closing = rig.pool.close(1_000)
    rig.clock.advance(999)
    expect(errors).toEqual([])
    rig.clock.advance(1)
    await closing
    expect((errors[0] as Error).message).toBe(
      'the pool for http://origin.test:80 was closed and its grace is over',
    )
    expect(errors[0]).toBeInstanceOf(ClosedPoolError)
    expect(reasons(rig)).toEqual(['pool closed'])
  })

  it('is at once when nothing is open', async () => {
    const rig = new PoolRig()
    await rig.pool.close(1_000)
    expect(rig.clock.pending).toBe(0)
  })

  it('destroys a connection that is made too late', async () => {
    const rig = new PoolRig()
    rig.ask()
    const made = rig.dials[0]?.succeed()
    void rig.pool.close(undefined)
    expect((await made)?.destroyed).toBe(true)
    expect([rig.pool.open, rig.pool.opened]).toEqual([0, 0])
  })

  it('by retiring closes what is idle, lets the rest finish, and serves who waits', async () => {
    const rig = new PoolRig({ maxSize: 2 })
    const [first, second] = [rig.ask(), rig.ask()]
    for (const dial of rig.dials) await dial.succeed()
    exchange(first)
    first.lease?.release(true, undefined)
    rig.pool.retire()
    expect([reasons(rig), rig.pool.retired, rig.retired]).toEqual([['evicted'], true, 0])
    const late = rig.ask()
    exchange(second)
    second.lease?.release(true, undefined)
    expect(late.lease?.connection).toBe(second.lease?.connection)
    exchange(late)
    late.lease?.release(true, undefined)
    expect([reasons(rig), rig.retired]).toEqual([['evicted', 'evicted'], 0])
    // What was being made for the late one comes when nobody wants it any more.
    await rig.dials[2]?.succeed()
    expect([reasons(rig).length, rig.pool.open, rig.pool.dialing]).toEqual([3, 0, 0])
    expect(rig.retired).toBeGreaterThan(0)
  })

  it('of a pool that is neither closed nor retired is not told', async () => {
    const rig = new PoolRig()
    const caller = await rig.leased()
    caller.lease?.release(false, undefined)
    expect([rig.pool.open, rig.retired]).toEqual([0, 0])
  })
})

describe('a pool as plain data', () => {
  it('tells of its connections, its line and what became of the closed ones', async () => {
    const rig = new PoolRig({ block: true, maxSize: 2 })
    const first = await rig.leased()
    exchange(first)
    rig.clock.advance(5)
    const second = await rig.leased({ unused: true })
    second.lease?.connection.send(MESSAGE, QUIET, 0)
    first.lease?.release(true, undefined)
    rig.clock.advance(20)
    expect(rig.pool.inspect()).toEqual({
      origin: Origin.of('http', 'origin.test').key,
      partition: 'part',
      maxSize: 2,
      block: true,
      closed: false,
      idle: 1,
      active: 1,
      dialing: 0,
      opened: 2,
      connections: [
        expect.objectContaining({
          id: 1,
          state: 'idle',
          ageMs: 25,
          idleMs: 20,
          uses: 1,
          peer: '192.0.2.1:80',
          tls: undefined,
        }),
        expect.objectContaining({ id: 2, state: 'active', ageMs: 20, idleMs: undefined, uses: 1 }),
      ],
      waiters: [],
      evictions: {},
    })
    second.lease?.release(false, undefined)
    expect(rig.pool.inspect()).toMatchObject({ evictions: { 'not reusable': 1 }, active: 0 })
  })

  it('tells of who waits, and since when', async () => {
    const rig = new PoolRig({ block: true })
    await rig.leased()
    rig.ask({ label: 'GET http://origin.test/slow' })
    rig.clock.advance(33)
    expect(rig.pool.inspect().waiters).toEqual([{ request: 'GET http://origin.test/slow', waitedMs: 33 }])
  })
})
