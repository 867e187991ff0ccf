// A pool on its own: who gets which connection when, what is kept, what is closed and why, and how everything ends.
import { describe, expect, it } from 'vitest'
import { type Caller, exchange, PoolRig, polled, settled, transportOf } from '../../test/pool/pool-rig.js'
import { ClosedPoolError, EmptyPoolError, ProtocolError, QueueFullError } from '../ground/errors.js'

const reasons = (rig: PoolRig): string[] => rig.closed.map(([, reason]) => reason)

describe('a caller', () => {
  it('gets a connection made for it, with its own time to connect', async () => {
    const rig = new PoolRig()
    const caller = rig.ask({ connectTimeout: 700 })
    expect([rig.dials.length, rig.dials[0]?.connectTimeout, caller.answers]).toEqual([1, 700, 0])
    expect([rig.pool.waiting, rig.pool.dialing, rig.pool.open, rig.pool.opened]).toEqual([1, 1, 0, 0])
    await rig.dials[0]?.succeed()
    expect([caller.answers, caller.lease?.reused, caller.lease?.connection.id]).toEqual([1, false, 1])
    expect([rig.pool.waiting, rig.pool.dialing, rig.pool.open, rig.pool.opened, rig.pool.idle]).toEqual([
      0, 0, 1, 1, 0,
    ])
    expect(rig.opened).toEqual([caller.lease?.connection])
    expect(caller.lease?.holder).toMatchObject({ label: 'GET http://origin.test/' })
  })

  it('in the same turn gets the connection that was given back, at once', async () => {
    const rig = new PoolRig()
    const first = await rig.leased()
    exchange(first)
    first.lease?.release(true, undefined)
    expect(rig.pool.idle).toBe(1)
    const second = rig.ask()
    expect([second.lease?.connection, second.lease?.reused, second.waiter]).toEqual([
      first.lease?.connection,
      true,
      undefined,
    ])
    expect(rig.dials).toHaveLength(1)
  })

  it('in a later turn gets it after the event loop has polled once', async () => {
    const rig = new PoolRig()
    const first = await rig.leased()
    exchange(first)
    first.lease?.release(true, undefined)
    await polled()
    expect(transportOf(first).referenced).toBe(false)
    const second = rig.ask()
    expect([second.lease, second.waiter?.queued]).toEqual([undefined, true])
    await polled()
    expect([second.lease?.connection, second.answers, rig.dials.length]).toEqual([
      first.lease?.connection,
      1,
      1,
    ])
    expect(transportOf(first).referenced).toBe(true)
  })

  it('gets it so each time, and never before the poll', async () => {
    const rig = new PoolRig()
    let last = await rig.leased()
    for (let round = 0; round < 3; round += 1) {
      exchange(last)
      last.lease?.release(true, undefined)
      await polled()
      const next = rig.ask()
      expect(next.lease).toBeUndefined()
      await polled()
      expect(next.lease?.connection).toBe(last.lease?.connection)
      last = next
    }
  })

  it('is not given a connection on which bytes came meanwhile', async () => {
    const rig = new PoolRig()
    const first = await rig.leased()
    exchange(first)
    first.lease?.release(true, undefined)
    await polled()
    const second = rig.ask()
    transportOf(first).feed('HTTP/1.1 200 OK\r\n\r\n')
    await polled()
    expect([second.lease, rig.dials.length, reasons(rig)]).toEqual([undefined, 2, ['unsolicited data']])
    await rig.dials[1]?.succeed()
    expect(second.lease?.connection.id).toBe(2)
  })

  it('who wants an unused one goes before the others and gets a new one', async () => {
    const rig = new PoolRig({ maxSize: 2 })
    const first = await rig.leased()
    exchange(first)
    first.lease?.release(true, undefined)
    const other = rig.ask({ unused: true })
    expect([other.lease, rig.dials.length]).toEqual([undefined, 1 + 1])
    await rig.dials[1]?.succeed()
    expect([other.lease?.reused, other.lease?.connection.id]).toEqual([false, 2])
    expect(rig.pool.idle).toBe(1)
  })

  it('in a pool that blocks waits its turn, first come, first served', async () => {
    const rig = new PoolRig({ block: true })
    const first = await rig.leased()
    const [second, third] = [rig.ask(), rig.ask()]
    expect([rig.dials.length, rig.pool.waiting]).toEqual([1, 2])
    exchange(first)
    first.lease?.release(true, undefined)
    expect([second.answers, third.answers]).toEqual([1, 0])
    exchange(second)
    second.lease?.release(true, undefined)
    expect([third.answers, third.lease?.connection]).toEqual([1, first.lease?.connection])
  })

  it('who asks while another is being served stands behind those who wait', async () => {
    const rig = new PoolRig({ block: true, maxSize: 2 })
    const [first, second] = [await rig.leased(), await rig.leased()]
    for (const caller of [first, second]) exchange(caller)
    let latecomer: Caller | undefined
    rig.pool.acquire({
      label: 'served',
      poolTimeout: undefined,
      connectTimeout: undefined,
      unused: false,
      onLease: () => {
        second.lease?.release(true, undefined)
        latecomer = rig.ask()
      },
      onLeaseFailure: () => {},
    })
    const waiting = rig.ask()
    first.lease?.release(true, undefined)
    expect([waiting.lease?.connection, latecomer?.lease]).toEqual([second.lease?.connection, undefined])
  })

  it('in a pool that blocks gets a new connection when the one before him broke', async () => {
    const rig = new PoolRig({ block: true })
    const first = await rig.leased()
    const second = rig.ask()
    first.lease?.release(false, new Error('broken'))
    expect([rig.dials.length, reasons(rig)]).toEqual([2, ['not reusable']])
    await rig.dials[1]?.succeed()
    expect(second.lease?.connection.id).toBe(2)
  })

  it('leaves the line at once; what was being made for it alone is given up', async () => {
    const rig = new PoolRig({ maxSize: 3 })
    const [first, second] = [rig.ask(), rig.ask()]
    rig.cancel(second)
    expect([rig.dials[0]?.signal.aborted, rig.dials[1]?.signal.aborted]).toEqual([false, true])
    expect(rig.dials[1]?.signal.reason).toBeInstanceOf(ClosedPoolError)
    rig.cancel(second)
    await settled()
    await rig.dials[0]?.succeed()
    expect([first.answers, second.answers, rig.pool.open]).toEqual([1, 0, 1])
  })

  it('who leaves a full line lets the next one through when room comes', async () => {
    const rig = new PoolRig({ block: true })
    const first = await rig.leased()
    const [second, third] = [rig.ask(), rig.ask()]
    rig.cancel(second)
    exchange(first)
    first.lease?.release(true, undefined)
    expect([second.answers, third.answers]).toEqual([0, 1])
  })

  it('hears why its connection could not be made, and only he', async () => {
    const rig = new PoolRig({ maxSize: 2 })
    const [first, second] = [rig.ask(), rig.ask()]
    const reason = new Error('refused')
    await rig.dials[0]?.fail(reason)
    expect([first.error, second.answers, rig.dials.length]).toEqual([reason, 0, 2])
    await rig.dials[1]?.succeed()
    expect(second.answers).toBe(1)
  })

  it('who comes when another dial is for him gets the one that is there first', async () => {
    const rig = new PoolRig({ maxSize: 2 })
    const [first, second] = [rig.ask({ connectTimeout: 1 }), rig.ask({ connectTimeout: 2 })]
    expect(rig.dials.map((dial) => dial.connectTimeout)).toEqual([1, 2])
    await rig.dials[1]?.succeed()
    expect([first.answers, second.answers]).toEqual([1, 0])
    await rig.dials[0]?.succeed()
    expect(second.answers).toBe(1)
  })

  it('can ask how far the connection is that is being made for it', async () => {
    const rig = new PoolRig({ block: true, maxSize: 2 })
    const callers = [rig.ask(), rig.ask(), rig.ask()]
    const phases = () => callers.map(({ waiter }) => rig.pool.progressOf(waiter)?.phase)
    rig.dials[1]?.progress.enter('dns')
    expect(phases()).toEqual(['connect', 'dns', undefined])
    await rig.dials[0]?.succeed()
    expect(phases()).toEqual([undefined, 'dns', undefined])
  })

  it('is told when the connection that was made is of no use', async () => {
    const rig = new PoolRig()
    const caller = rig.ask()
    await rig.dials[0]?.succeedWith((transport) => transport.feed('220 hello\r\n'))
    expect(caller.error).toBeInstanceOf(ProtocolError)
    expect(caller.error).toMatchObject({ phase: 'connect' })
    expect((caller.error as Error).message).toBe(
      'http://origin.test:80 sent bytes or closed before it was asked anything',
    )
    expect([rig.pool.open, rig.pool.opened, rig.opened]).toEqual([0, 1, []])
  })
})

describe('a bounded line', () => {
  it('refuses whom it has no room for, with the number', async () => {
    const rig = new PoolRig({ block: true, maxQueue: 1 })
    await rig.leased()
    const [second, third] = [rig.ask(), rig.ask()]
    expect([second.answers, third.answers, third.waiter, rig.pool.waiting]).toEqual([0, 1, undefined, 1])
    expect(third.error).toBeInstanceOf(QueueFullError)
    expect(third.error).toMatchObject({ phase: 'queue' })
    expect((third.error as Error).message).toBe(
      '1 callers already wait for a connection to http://origin.test:80',
    )
  })

  it('of no length refuses whoever would have to wait, and nobody else', async () => {
    const rig = new PoolRig({ block: true, maxQueue: 0, maxSize: 2 })
    const first = rig.ask()
    expect(first.answers).toBe(0)
    await rig.dials[0]?.succeed()
    await rig.leased()
    expect(rig.ask().error).toBeInstanceOf(QueueFullError)
  })

  it('of no length takes a caller for whom a connection is idle, if only after a poll', async () => {
    const rig = new PoolRig({ block: true, maxQueue: 0 })
    const first = await rig.leased()
    exchange(first)
    first.lease?.release(true, undefined)
    await polled()
    const next = rig.ask()
    expect([next.error, next.answers]).toEqual([undefined, 0])
    await polled()
    expect(next.lease?.connection).toBe(first.lease?.connection)
  })

  it('does not count those for whom a connection is being made', async () => {
    const rig = new PoolRig({ block: true, maxQueue: 1, maxSize: 2 })
    const [, , third, fourth] = [rig.ask(), rig.ask(), rig.ask(), rig.ask()]
    expect([rig.dials.length, third.error]).toEqual([2, undefined])
    expect(fourth.error).toBeInstanceOf(QueueFullError)
  })

  it('is not looked at in a pool that does not block', async () => {
    const rig = new PoolRig({ maxQueue: 0 })
    await rig.leased()
    expect([rig.ask().answers, rig.ask().answers, rig.dials.length]).toEqual([0, 0, 3])
  })
})

describe('poolTimeout', () => {
  it('ends the wait when it is over, not before', async () => {
    const rig = new PoolRig({ block: true, keepAliveTimeout: Number.POSITIVE_INFINITY })
    await rig.leased()
    const caller = rig.ask({ poolTimeout: 50 })
    rig.clock.advance(49)
    expect(caller.answers).toBe(0)
    rig.clock.advance(1)
    expect(caller.error).toBeInstanceOf(EmptyPoolError)
    expect(caller.error).toMatchObject({ phase: 'queue' })
    expect((caller.error as Error).message).toBe(
      'no connection to http://origin.test:80 became free within 50 ms (maxSize 1, all in use)',
    )
    expect([rig.pool.waiting, rig.clock.pending]).toEqual([0, 0])
  })

  it('leaves no timer when the caller is served or goes', async () => {
    const rig = new PoolRig({ block: true, keepAliveTimeout: Number.POSITIVE_INFINITY })
    const first = await rig.leased()
    const [second, third] = [rig.ask({ poolTimeout: 50 }), rig.ask({ poolTimeout: 50 })]
    expect(rig.clock.pending).toBe(2)
    rig.cancel(third)
    exchange(first)
    first.lease?.release(true, undefined)
    expect([second.answers, rig.clock.pending]).toEqual([1, 0])
  })

  it('does not count while a connection is being made for the caller', async () => {
    const rig = new PoolRig({ block: true })
    const caller = rig.ask({ poolTimeout: 50 })
    expect(rig.clock.pending).toBe(0)
    rig.clock.advance(100)
    await rig.dials[0]?.succeed()
    expect(caller.answers).toBe(1)
  })

  it('does not end the wait of one for whom a connection is being made by then', async () => {
    const rig = new PoolRig({ block: true })
    const first = await rig.leased()
    const caller = rig.ask({ poolTimeout: 50 })
    first.lease?.release(false, undefined)
    rig.clock.advance(60)
    expect([caller.answers, rig.dials.length]).toEqual([0, 2])
    await rig.dials[1]?.succeed()
    expect(caller.answers).toBe(1)
  })
})
