// Memory given out for bodies: what it is, and that V8 is brought to collect it early and cheaply.
import { constants, PerformanceObserver } from 'node:perf_hooks'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { countFresh, freshMemory } from './fresh-memory.js'

const MIB = 1_048_576
const PIECE = 131_072
const TAKEN = 512 * MIB

/** How many collections of the young space `work` brought about. */
async function youngCollections(work: () => Promise<void>): Promise<number> {
  let count = 0
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { detail } = entry as unknown as { detail: { kind: number } }
      if (detail.kind === constants.NODE_PERFORMANCE_GC_MINOR) count += 1
    }
  })
  observer.observe({ entryTypes: ['gc'] })
  await work()
  await turn()
  await turn()
  observer.disconnect()
  return count
}

describe('fresh memory', () => {
  it('is of the size asked for, and no part of a pool', () => {
    const memory = freshMemory(10_000)
    expect(memory.length).toBe(10_000)
    expect(memory.buffer.byteLength).toBe(10_000)
    expect(freshMemory(10_000).buffer).not.toBe(memory.buffer)
  })

  // Left to itself V8 collects the young space every 32 MiB, on Node 24 never: it marks everything instead.
  it('that is dropped is collected by young collections, one for what the young space holds', async () => {
    const count = await youngCollections(async () => {
      for (let taken = 0; taken < TAKEN; taken += PIECE) {
        freshMemory(PIECE)
        if (taken % (4 * MIB) === 0) await turn()
      }
    })
    expect(count).toBeGreaterThan(TAKEN / (24 * MIB))
  })

  it('made by somebody else counts too', async () => {
    const count = await youngCollections(async () => {
      for (let taken = 0; taken < TAKEN; taken += PIECE) {
        Buffer.allocUnsafeSlow(PIECE)
        countFresh(PIECE)
        if (taken % (4 * MIB) === 0) await turn()
      }
    })
    expect(count).toBeGreaterThan(TAKEN / (24 * MIB))
  })

  it('that is kept does not bring one collection after the other', async () => {
    const kept: Buffer[] = []
    const count = await youngCollections(async () => {
      for (let taken = 0; taken < 128 * MIB; taken += PIECE) kept.push(freshMemory(PIECE))
    })
    expect(kept).toHaveLength((128 * MIB) / PIECE)
    expect(count).toBeLessThan((128 * MIB) / (2 * MIB))
  })
})
