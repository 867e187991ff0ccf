// The policy of a pool as a table: for each state of it, the one thing to do next.
import { describe, expect, it } from 'vitest'
import { assign, type PoolView } from './assign.js'

const REST: PoolView = {
  waiting: 0,
  wantsUnused: false,
  idle: 0,
  nextIsUsed: false,
  nextIsExpired: false,
  nextIsWatched: false,
  open: 0,
  dialing: 0,
  maxSize: 2,
  block: false,
}
const view = (part: Partial<PoolView>): PoolView => ({ ...REST, ...part })

describe('what a pool does next', () => {
  it.each<[string, Partial<PoolView>, ReturnType<typeof assign>]>([
    ['nobody waits', {}, 'rest'],
    ['nobody waits, as many are idle as are kept', { idle: 2, open: 2 }, 'rest'],
    ['nobody waits, more are idle than are kept', { idle: 3, open: 3 }, 'evict'],
    ['one waits, nothing is there', { waiting: 1 }, 'open'],
    ['one waits for the dial under way', { waiting: 1, dialing: 1 }, 'rest'],
    ['two wait, one dial is under way', { waiting: 2, dialing: 1 }, 'open'],
    [
      'one waits, the idle one has been watched',
      { waiting: 1, idle: 1, open: 1, nextIsWatched: true },
      'reuse',
    ],
    ['one waits, the idle one has not been watched', { waiting: 1, idle: 1, open: 1 }, 'watch'],
    ['two wait, one is idle and not watched', { waiting: 2, idle: 1, open: 1 }, 'open'],
    ['two wait, one is idle, one is being made', { waiting: 2, idle: 1, open: 1, dialing: 1 }, 'watch'],
    ['three wait, one is idle, one is being made', { waiting: 3, idle: 1, open: 1, dialing: 1 }, 'open'],
    [
      'the idle one is too old',
      { waiting: 1, idle: 1, open: 1, nextIsExpired: true, nextIsWatched: true },
      'evict',
    ],
    [
      'unused is wanted, the idle one is',
      { waiting: 1, idle: 1, open: 1, wantsUnused: true, nextIsWatched: true },
      'reuse',
    ],
    [
      'unused is wanted, the idle one is used',
      { waiting: 1, idle: 1, open: 1, wantsUnused: true, nextIsUsed: true, nextIsWatched: true },
      'open',
    ],
    ['a used one will do', { waiting: 1, idle: 1, open: 1, nextIsUsed: true, nextIsWatched: true }, 'reuse'],
    [
      'unused is wanted, the used one is old: another is made',
      { waiting: 1, idle: 1, open: 1, wantsUnused: true, nextIsUsed: true, nextIsExpired: true },
      'open',
    ],
  ])('%s', (_, part, next) => {
    expect(assign(view(part))).toBe(next)
  })
})

describe('what a pool that blocks does next', () => {
  const blocked = (part: Partial<PoolView>): PoolView => view({ block: true, ...part })
  it.each<[string, Partial<PoolView>, ReturnType<typeof assign>]>([
    ['there is room', { waiting: 1, open: 1 }, 'open'],
    ['there is no room', { waiting: 1, open: 2 }, 'rest'],
    ['a dial takes the last room', { waiting: 2, open: 1, dialing: 1 }, 'rest'],
    ['room for one, two dials wanted', { waiting: 2, open: 0, dialing: 1 }, 'open'],
    ['no room, two wait, one is idle and not watched', { waiting: 2, idle: 1, open: 2 }, 'watch'],
    [
      'no room, unused is wanted, the used one makes place',
      { waiting: 1, idle: 1, open: 2, wantsUnused: true, nextIsUsed: true },
      'evict',
    ],
    ['no room, unused is wanted, nothing is idle', { waiting: 1, open: 2, wantsUnused: true }, 'rest'],
    [
      'no room, but the dial is for it',
      { waiting: 1, idle: 1, open: 1, dialing: 1, wantsUnused: true, nextIsUsed: true },
      'rest',
    ],
  ])('%s', (_, part, next) => {
    expect(assign(blocked(part))).toBe(next)
  })
})
