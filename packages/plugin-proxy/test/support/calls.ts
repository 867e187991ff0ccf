/** Pools and managers with the proxy plugin in them, closed when the test ends. */
import { HTTPError, type ManagerOptions, PoolManager } from '@rockpool/core'
import { tls } from '@rockpool/plugin-tls'
import { type Authority, certificates } from '@rockpool/testkit'
import { expect, onTestFinished } from 'vitest'
import { type ProxyOptions, proxy } from '../../src/index.js'

/** The authority of every certificate in these tests; nobody else trusts it. */
export const authority: Authority = certificates.ca()

/** What makes tls() trust the test authority. */
export const trust: { caCertData: string } = { caCertData: authority.cert }

/** A manager with tls() for origins and proxy(options), whose own leg trusts the authority too. */
export function managerFor(
  options: ProxyOptions = {},
  more: Omit<ManagerOptions<readonly []>, 'plugins'> = {},
) {
  const plugins = [tls(trust), proxy({ tls: trust, ...options })] as const
  const manager = new PoolManager({ ...more, plugins })
  onTestFinished(() => manager.close({ graceMs: 1 }))
  return manager
}

/** The HTTPError that `promise` rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<HTTPError> {
  let outcome: unknown
  try {
    outcome = await promise
  } catch (error) {
    if (error instanceof HTTPError) return error
    throw error
  }
  throw new Error(`expected a failure, got ${String(outcome)}`)
}

interface Inspected {
  inspect(): { pools: readonly { active: number; dialing: number; waiters: readonly unknown[] }[] }
}

/** Nothing is going on and nothing leaked. */
export function expectAtRest(pool: Inspected): void {
  for (const { active, dialing, waiters } of pool.inspect().pools) {
    expect({ active, dialing, waiting: waiters.length }).toEqual({ active: 0, dialing: 0, waiting: 0 })
  }
}
