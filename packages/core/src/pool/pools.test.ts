// The pools of a client: which of them serves what, which is given up first, and what is counted of those that are gone.
import { describe, expect, it } from 'vitest'
import { Origin } from '../ground/origin.js'
import type { Pool } from './pool.js'
import { Pools } from './pools.js'

interface Made {
  readonly origin: Origin
  readonly partition: string
  readonly forward: boolean
  opened: number
  retired: number
  closed: (number | undefined)[]
}

function setUp(capacity: number): {
  pools: Pools
  made: Made[]
  get: (host: string, partition?: string, via?: string) => Made
} {
  const made: Made[] = []
  const pools = new Pools(capacity, (origin, partition, forward) => {
    const pool = {
      origin,
      partition,
      forward,
      opened: 1,
      retired: 0,
      closed: [] as (number | undefined)[],
      retire: () => {
        pool.retired += 1
      },
      close: async (graceMs: number | undefined) => {
        pool.closed.push(graceMs)
      },
    }
    made.push(pool)
    return pool as unknown as Pool
  })
  const get = (host: string, partition = '', via?: string): Made =>
    pools.get(
      Origin.of('http', host),
      partition,
      via === undefined ? undefined : Origin.of('http', via),
    ) as unknown as Made
  return { pools, made, get }
}

describe('the pools of a client', () => {
  it('are one for each origin and partition', () => {
    const { get, made, pools } = setUp(10)
    const a = get('a')
    expect([get('a'), get('b') === a, get('a', 'x') === a, get('a')]).toEqual([a, false, false, a])
    expect(get('a', 'x')).toBe(made[2])
    expect([made.length, pools.size, pools.opened]).toEqual([3, 3, 3])
    expect(made.map(({ origin, partition, forward }) => [origin.host, partition, forward])).toEqual([
      ['a', '', false],
      ['b', '', false],
      ['a', 'x', false],
    ])
  })

  it('are one for a forward proxy, whatever the origin, and another for the proxy itself', () => {
    const { get, made } = setUp(10)
    const proxied = get('a', '', 'proxy')
    expect(get('b', '', 'proxy')).toBe(proxied)
    expect([proxied.origin.host, proxied.forward]).toEqual(['proxy', true])
    const direct = get('proxy')
    expect([direct === proxied, direct.forward]).toEqual([false, false])
    expect(get('c', '', 'proxy')).toBe(proxied)
    expect(get('a', 'x', 'proxy')).not.toBe(proxied)
    expect(made).toHaveLength(3)
  })

  it('beyond their number give up the one that was used least recently', () => {
    const { get, made, pools } = setUp(2)
    const [a, b] = [get('a'), get('b')]
    get('a')
    get('c')
    expect([a.retired, b.retired, pools.size]).toEqual([0, 1, 2])
    expect([...pools.all()].length).toBe(3)
    expect(get('a')).toBe(a)
    const again = get('b')
    expect([again === b, made.length]).toEqual([false, 4])
    expect(made.map(({ retired }) => retired)).toEqual([0, 1, 1, 0])
  })

  it('do not forget what those opened that are gone', () => {
    const { get, pools } = setUp(1)
    const a = get('a')
    a.opened = 5
    get('b')
    expect(pools.opened).toBe(6)
    pools.gone(a as unknown as Pool)
    a.opened = 100
    expect([pools.opened, [...pools.all()].length]).toEqual([6, 1])
    pools.gone(a as unknown as Pool)
    expect(pools.opened).toBe(6)
  })

  it('are all given up by clear, and made anew', () => {
    const { get, made, pools } = setUp(5)
    const [a, b] = [get('a'), get('b')]
    pools.clear()
    expect([a.retired, b.retired, pools.size]).toEqual([1, 1, 0])
    expect([get('b') === b, made.length]).toEqual([false, 3])
  })

  it('are all closed, those that only finish too', async () => {
    const { get, pools } = setUp(1)
    const [a, b] = [get('a'), get('b')]
    await pools.close(70)
    expect([a.closed, b.closed]).toEqual([[70], [70]])
  })
})
