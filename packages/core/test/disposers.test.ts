// What plugins do at the end, and that none of them can keep `close()` from coming to its own.
import { ManualClock } from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'
import { HTTPConnectionPool } from '../src/index.js'
import { definePlugin, type Plugin } from '../src/plugin.js'
import { boom } from './support/culprits.js'
import { gatherWarnings, turnsUntil } from './support/pools.js'

describe('at close()', () => {
  it('a disposer that throws or rejects is reported, the others still run, close() resolves', async () => {
    const warnings = gatherWarnings()
    const ran: string[] = []
    const disposing = (name: string, run: () => unknown): Plugin =>
      definePlugin({
        name,
        apply: () => () => {
          ran.push(name)
          return run() as never
        },
      })()
    const pool = new HTTPConnectionPool('h', 80, {
      plugins: [
        disposing('a', () => undefined),
        disposing('b', () => {
          throw boom
        }),
        disposing('c', () => Promise.reject(boom)),
      ],
    })
    await pool.close()
    await pool.close()
    expect(ran).toEqual(['c', 'b', 'a'])
    await turnsUntil(() => warnings.length === 2)
    expect(warnings.map((warning) => warning.message).join()).toMatch(/"c".*boom.*"b".*boom/)
  })

  it('a disposer that hangs does not hang close(): a warning names its plugin, the others run', async () => {
    const warnings = gatherWarnings()
    const clock = new ManualClock()
    const ran: string[] = []
    const first = definePlugin({ name: 'first', apply: () => () => void ran.push('first') })()
    const hung = definePlugin({ name: 'hung', apply: () => () => new Promise<void>(() => undefined) })()
    const pool = new HTTPConnectionPool('h', 80, { clock, plugins: [first, hung] })
    const closed = Promise.all([pool.close(), pool.close({ graceMs: 0 })])
    await clock.armed()
    clock.advance(10_000)
    await closed
    expect(ran).toEqual(['first'])
    await turnsUntil(() => warnings.length > 0)
    expect(warnings.map(({ message }) => message)).toEqual([
      'the disposer of plugin "hung" did not end within 10000 ms; close() goes on without it',
    ])
  })
})
