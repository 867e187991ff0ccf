// What a pool keeps and what it closes, how it ends, and what it tells of itself.
import { describe, expect, it } from 'vitest'
import { exchange, PoolRig, polled, transportOf } from '../../test/pool/pool-rig.js'

const reasons = (rig: PoolRig): string[] => rig.closed.map(([, reason]) => reason)

describe('a connection that comes back', () => {
  it('is kept up to maxSize; above it the surplus is closed with a warning, said once', async () => {
    const warnings: Error[] = []
    const listen = (warning: Error): number => warnings.push(warning)
    process.on('warning', listen)
    const rig = new PoolRig()
    const callers = [rig.ask(), rig.ask(), rig.ask()]
    for (const dial of rig.dials) await dial.succeed()
    for (const caller of callers) {
      exchange(caller)
      caller.lease?.release(true, undefined)
    }
    await polled()
    process.off('warning', listen)
    expect([rig.pool.idle, reasons(rig)]).toEqual([1, ['surplus', 'surplus']])
    expect(warnings.map(({ message }) => message)).toEqual([
      'Connection pool is full, discarding connection: http://origin.test:80. Connection pool size: 1. Raise maxSize to keep more idle connections, or set block to limit how many exist. Said once per pool.',
    ])
    expect(warnings[0]).toMatchObject({ name: 'RockpoolWarning', code: 'ROCKPOOL_POOL_FULL' })
  })

  it('is taken back once, however often it is given', async () => {
    const rig = new PoolRig()
    const caller = await rig.leased()
    exchange(caller)
    expect(caller.lease?.released).toBe(false)
    caller.lease?.release(true, 'why')
    caller.lease?.release(false, undefined)
    expect([rig.released, rig.pool.idle, caller.lease?.released]).toEqual([[[true, 'why']], 1, true])
  })

  it('after its response had ended long before is not used again without a look, nor keeps the process', async () => {
    const rig = new PoolRig()
    const held = await rig.leased()
    exchange(held)
    if (held.lease !== undefined) held.lease.held = true
    held.lease?.release(true, undefined)
    expect(transportOf(held).referenced).toBe(false)
    const next = rig.ask()
    expect(next.lease).toBeUndefined()
    await polled()
    expect([next.lease?.connection, transportOf(next).referenced]).toEqual([held.lease?.connection, true])
  })

  it('in the turn that ends does not keep the process, however late ones lie over it', async () => {
    const rig = new PoolRig({ maxSize: 3 })
    const [first, late, last] = [await rig.leased(), await rig.leased(), await rig.leased()]
    for (const caller of [first, late, last]) exchange(caller)
    if (late.lease !== undefined) late.lease.held = true
    for (const { lease } of [first, late, last]) lease?.release(true, undefined)
    expect([first, late, last].map((caller) => transportOf(caller).referenced)).toEqual([true, false, true])
    await polled()
    expect([first, late, last].map((caller) => transportOf(caller).referenced)).toEqual([false, false, false])
  })

  it('is closed when a plugin says so', async () => {
    const rig = new PoolRig()
    const caller = await rig.leased()
    exchange(caller)
    rig.verdict = 'close'
    caller.lease?.release(true, undefined)
    expect([reasons(rig), transportOf(caller).destroyed, rig.pool.open]).toEqual([
      ['refused by a plugin'],
      true,
      0,
    ])
  })

  it('is closed when it has served as often as it may', async () => {
    const rig = new PoolRig({ maxRequestsPerConnection: 2 })
    const first = await rig.leased()
    exchange(first)
    first.lease?.release(true, undefined)
    expect(rig.pool.idle).toBe(1)
    const second = rig.ask()
    exchange(second)
    second.lease?.release(true, undefined)
    expect([rig.pool.idle, reasons(rig)]).toEqual([0, ['used up']])
  })

  it('that was closed meanwhile is not looked at again', async () => {
    const rig = new PoolRig()
    const caller = await rig.leased()
    caller.lease?.connection.close('aborted')
    caller.lease?.release(true, undefined)
    expect([rig.pool.idle, rig.pool.open, reasons(rig), rig.released.length]).toEqual([0, 0, ['aborted'], 1])
  })

  it('while somebody waits is his, however many are idle', async () => {
    const rig = new PoolRig({ block: true, maxSize: 1 })
    const first = await rig.leased()
    const waiting = rig.ask()
    exchange(first)
    first.lease?.release(true, undefined)
    expect([waiting.answers, reasons(rig)]).toEqual([1, []])
  })
})

describe('an idle connection', () => {
  it('is closed when it has been idle for keepAliveTimeout', async () => {
    const rig = new PoolRig({ keepAliveTimeout: 500 })
    const caller = await rig.leased()
    exchange(caller)
    caller.lease?.release(true, undefined)
    rig.clock.advance(499)
    expect(rig.pool.idle).toBe(1)
    rig.clock.advance(1)
    expect([rig.pool.idle, rig.pool.open, reasons(rig), rig.clock.pending]).toEqual([
      0,
      0,
      ['idle too long'],
      0,
    ])
    expect([...rig.pool.evictions]).toEqual([['idle too long', 1]])
  })

  it.each([
    ['the hint of the server counts when it is shorter, less a second', 60_000, 5_000, 4_000],
    ['our own time counts when it is shorter', 3_000, 60_000, 3_000],
  ])('%s', async (_, keepAliveTimeout, hint, until) => {
    const rig = new PoolRig({ keepAliveTimeout })
    const caller = await rig.leased()
    exchange(caller, `HTTP/1.1 200 OK\r\nKeep-Alive: timeout=${hint / 1_000}\r\nContent-Length: 0\r\n\r\n`)
    caller.lease?.release(true, undefined)
    rig.clock.advance(until - 1)
    expect(rig.pool.idle).toBe(1)
    rig.clock.advance(1)
    expect(rig.pool.idle).toBe(0)
  })

  it('that may not be kept at all is never given out again', async () => {
    const rig = new PoolRig()
    const caller = await rig.leased()
    exchange(caller, 'HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 0\r\n\r\n')
    caller.lease?.release(true, undefined)
    const next = rig.ask()
    expect([next.lease, reasons(rig), rig.dials.length]).toEqual([undefined, ['idle too long'], 2])
  })

  it('is not used beyond maxLifetime, idle or not', async () => {
    const rig = new PoolRig({ maxLifetime: 1_000 })
    const caller = await rig.leased()
    exchange(caller)
    rig.clock.advance(600)
    caller.lease?.release(true, undefined)
    rig.clock.advance(399)
    expect(rig.pool.idle).toBe(1)
    rig.clock.advance(1)
    expect(reasons(rig)).toEqual(['idle too long'])
  })

  it('that is too old when a caller comes is closed, and another made', async () => {
    const rig = new PoolRig({ keepAliveTimeout: 500, maxSize: 2 })
    const caller = await rig.leased()
    exchange(caller)
    caller.lease?.release(true, undefined)
    await polled()
    const next = rig.ask()
    rig.clock.advance(500)
    await polled()
    expect([next.lease, rig.dials.length, reasons(rig)]).toEqual([undefined, 2, ['idle too long']])
  })

  it('of several, the newest is used first, and each goes in its own time', async () => {
    const rig = new PoolRig({ maxSize: 3, keepAliveTimeout: 100 })
    const callers = [rig.ask(), rig.ask(), rig.ask()]
    for (const dial of rig.dials) await dial.succeed()
    for (const caller of callers) {
      exchange(caller)
      caller.lease?.release(true, undefined)
      rig.clock.advance(10)
    }
    expect([rig.pool.idle, rig.clock.pending, rig.clock.untilNext]).toEqual([3, 1, 70])
    expect(rig.ask().lease?.connection.id).toBe(3)
    rig.clock.advance(70)
    expect(rig.closed.map(([{ id }]) => id)).toEqual([1])
    rig.clock.advance(9)
    expect(rig.closed).toHaveLength(1)
    rig.clock.advance(1)
    expect(rig.closed.map(([{ id }]) => id)).toEqual([1, 2])
    expect(rig.clock.pending).toBe(0)
  })

  it('that closes itself is forgotten, and its timer with it', async () => {
    const rig = new PoolRig()
    const caller = await rig.leased()
    exchange(caller)
    caller.lease?.release(true, undefined)
    transportOf(caller).feedEnd()
    expect([rig.pool.idle, rig.pool.open, reasons(rig), rig.clock.pending]).toEqual([
      0,
      0,
      ['peer closed'],
      0,
    ])
  })
})
