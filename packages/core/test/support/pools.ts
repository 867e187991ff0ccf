/** What the scenario tests share: pools that close with their test, turns of the event loop, and what "at rest" means. */
import { expect, onTestFinished } from 'vitest'
import { HTTPConnectionPool, type PoolOptions } from '../../src/index.js'
import type { Plugin } from '../../src/plugin.js'
import type { RawOrigin } from './raw-origin.js'

/** A pool for an origin; it is closed when the test ends. */
export function poolFor<const Plugins extends readonly Plugin[] = readonly []>(
  origin: Pick<RawOrigin, 'port'>,
  options?: PoolOptions<Plugins>,
): HTTPConnectionPool<Plugins> {
  const pool = new HTTPConnectionPool<Plugins>('127.0.0.1', origin.port, options)
  onTestFinished(() => pool.close({ graceMs: 1 }))
  return pool
}

/** Lets the event loop poll once: what the kernel holds is seen. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Lets the event loop poll `count` times. */
export async function turns(count: number): Promise<void> {
  for (let left = count; left > 0; left -= 1) await turn()
}

/** Lets the event loop poll until something is so; fails when it never is. */
export async function turnsUntil(condition: () => boolean): Promise<void> {
  for (let count = 0; count < 100_000 && !condition(); count += 1) await turn()
  expect(condition()).toBe(true)
}

type Inspected = Pick<HTTPConnectionPool, 'inspect'>

/** Nothing is active, dialling or waiting: every slot has been given back. */
export function expectAtRest(pool: Inspected): void {
  const { pools, sleeping } = pool.inspect()
  expect(sleeping).toBe(0)
  expect(pools.map(({ active, dialing, waiters }) => active + dialing + waiters.length)).toEqual(
    pools.map(() => 0),
  )
}

/** Nothing at all is open. */
export function expectNoConnections(pool: Inspected): void {
  expectAtRest(pool)
  expect(pool.inspect().pools.reduce((sum, each) => sum + each.connections.length, 0)).toBe(0)
}

/** The warnings of the process until the test ends. */
export function gatherWarnings(): Error[] {
  const warnings: Error[] = []
  const listen = (warning: Error): void => void warnings.push(warning)
  process.on('warning', listen)
  onTestFinished(() => void process.off('warning', listen))
  return warnings
}

/** What a promise came to, as a value. */
export async function outcomeOf<Value>(
  promise: Promise<Value>,
): Promise<{ readonly value: Value } | { readonly error: unknown }> {
  try {
    return { value: await promise }
  } catch (error) {
    return { error }
  }
}

/** The error of a promise that must fail. */
export async function failureOf(promise: Promise<unknown>): Promise<Error> {
  const outcome = await outcomeOf(promise)
  if ('value' in outcome) throw new Error('the promise should have been rejected')
  return outcome.error as Error
}
