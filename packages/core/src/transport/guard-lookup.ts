/**
 * A caller's look-up function, made safe to ask.
 *
 * Node calls back into `net` with whatever the function answers, and `net` takes it apart there: no address without an error, or
 * an entry that is none, throws inside the function's own callback, where nobody can catch it. So the answer is looked at before
 * it is passed on, and comes in the form that was asked for: many such functions know only one of the two. It never comes at
 * once, as from a cache: whoever began to connect has to listen first, or would take the TCP connect for a part of the look-up.
 */
import type { LookupAddress } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'

/** The same function, which answers once, with addresses or with an error. */
export function guardLookup(lookup: LookupFunction): LookupFunction {
  return (hostname, options, callback) => {
    let answered = false
    let begun = false
    const give: typeof callback = (...answer) => {
      if (begun) callback(...answer)
      else process.nextTick(callback, ...answer)
    }
    const once = (error: unknown, address?: unknown, family?: unknown): void => {
      if (answered) return
      answered = true
      const found = error === null || error === undefined ? addressesIn(address, family) : undefined
      const [first] = found ?? []
      if (found === undefined || first === undefined) give(failure(hostname, error, address), '', 4)
      else if (options.all === true) give(null, found)
      else give(null, first.address, first.family)
    }
    try {
      lookup(hostname, options, once)
    } catch (error) {
      once(error ?? new Error('the lookup function threw'))
    }
    begun = true
  }
}

/** What was answered, as a list; nothing when it is no address and no list of addresses. */
function addressesIn(answer: unknown, family: unknown): LookupAddress[] | undefined {
  const entries: unknown[] = Array.isArray(answer) ? answer : [{ address: answer, family }]
  const found: LookupAddress[] = []
  for (const entry of entries) {
    const { address, family: given } = (entry ?? {}) as { address?: unknown; family?: unknown }
    if (typeof address !== 'string' || address === '') return undefined
    found.push({ address, family: given === 4 || given === 6 ? given : isIP(address) })
  }
  return found
}

function failure(hostname: string, error: unknown, answer: unknown): Error {
  if (error instanceof Error) return error
  if (error !== null && error !== undefined) return new Error(String(error))
  const isNothing = answer === undefined || answer === null || (Array.isArray(answer) && answer.length === 0)
  const what = isNothing ? 'found no address' : 'answered what is no address'
  return Object.assign(new Error(`the lookup function ${what} for ${hostname}`), { code: 'ENOTFOUND' })
}
