// Look-up functions that do not behave, and names whose addresses change: a typed error or the right server, and never an
// exception that nobody can catch.
import type { LookupFunction } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { HTTPConnectionPool } from '../src/index.js'
import {
  expectAtRest,
  expectNoConnections,
  failureOf,
  gatherWarnings,
  turns,
  turnsUntil,
} from './support/pools.js'
import { ok, type RawOrigin, rawOrigin } from './support/raw-origin.js'

type Answer = (error: unknown, address?: unknown, family?: unknown) => void
type Lookup = (options: { all?: boolean }, answer: Answer) => void

function poolWith(
  port: number,
  look: Lookup,
  options: { connect?: number; localAddress?: string | undefined } = {},
): HTTPConnectionPool {
  const lookup = ((_name: string, given: { all?: boolean }, answer: Answer) =>
    look(given, answer)) as LookupFunction
  const { connect = 5_000, localAddress } = options
  const timeout = { connect }
  const pool = new HTTPConnectionPool('odd.test', port, {
    lookup,
    timeout,
    localAddress,
    maxSize: 1,
    block: true,
  })
  onTestFinished(() => pool.close({ graceMs: 1 }))
  return pool
}

/** Answers with the address of the server, in the form that is asked for. */
const found =
  (address: string): Lookup =>
  ({ all }, answer) => {
    if (all === true) answer(null, [{ address, family: 4 }])
    else answer(null, address, 4)
  }

const naming = (name: string): Promise<RawOrigin> =>
  rawOrigin(async (connection) => {
    while ((await connection.request()) !== undefined) connection.send(ok(name))
  })

describe('a look-up function', () => {
  const nothings: Readonly<Record<string, Lookup>> = {
    'that finds nothing, without an error': (_, answer) => answer(undefined, []),
    'that answers nothing at all': (_, answer) => answer(null),
    'that answers undefined for an error, and nothing': (_, answer) => answer(undefined),
    'that answers addresses that are none': (_, answer) => answer(null, [{}, { address: 7, family: 4 }]),
    'that answers null for an address': (_, answer) => answer(null, [null]),
    'that answers a good address and a bad one': (_, answer) =>
      answer(null, [{ address: '127.0.0.1', family: 4 }, {}]),
    'that answers text where a list is asked for': (_, answer) => answer(null, 'nonsense', 4),
    'that fails with text': (_, answer) => answer('no such name'),
    'that says try again': (_, answer) =>
      answer(Object.assign(new Error('try again'), { code: 'EAI_AGAIN', syscall: 'getaddrinfo' })),
    'that answers later with nothing': (_, answer) => setImmediate(answer, undefined, []),
    'that answers later with nonsense': (_, answer) => setImmediate(answer, null, [null]),
  }
  for (const [what, look] of Object.entries(nothings)) {
    it(`${what} is an error of the call, with nothing sent, and the next call is as good as ever`, async () => {
      const origin = await naming('found')
      let isOdd = true
      const pool = poolWith(origin.port, (options, answer) =>
        isOdd ? look(options, answer) : found('127.0.0.1')(options, answer),
      )
      const error = await failureOf(pool.request('GET', '/'))
      expect(error.name).toMatch(/^(NameResolutionError|NewConnectionError)$/)
      expect(error).toMatchObject({ sent: 'nothing', attempt: 1 })
      expectNoConnections(pool)
      isOdd = false
      expect(await (await pool.request('GET', '/')).text()).toBe('found')
    })
  }

  const forms: Readonly<Record<string, Lookup>> = {
    'one address, whatever is asked for': (_, answer) => answer(null, '127.0.0.1', 4),
    'one address without its family': (_, answer) => answer(undefined, '127.0.0.1'),
    'a list, whatever is asked for': (_, answer) => answer(null, [{ address: '127.0.0.1', family: 4 }]),
    'a list with families by name': (_, answer) => answer(null, [{ address: '127.0.0.1', family: 'IPv4' }]),
  }
  for (const [what, look] of Object.entries(forms)) {
    it(`may answer ${what}`, async () => {
      const origin = await naming('found')
      for (const localAddress of [undefined, '127.0.0.1']) {
        const pool = poolWith(origin.port, look, { localAddress })
        expect(await (await pool.request('GET', '/')).text()).toBe('found')
      }
    })
  }

  it('that answers twice makes one connection', async () => {
    const [first, second] = [await naming('first'), await naming('second')]
    const warnings = gatherWarnings()
    const pool = poolWith(first.port, (options, answer) => {
      found('127.0.0.1')(options, answer)
      found('127.0.0.2')(options, answer)
      answer(new Error('changed my mind'))
      setImmediate(found('127.0.0.2'), options, answer)
    })
    expect(await (await pool.request('GET', '/')).text()).toBe('first')
    await turns(20)
    expect([first.connections.length, second.connections.length, warnings]).toEqual([1, 0, []])
  })

  it('that answers when the call is over opens nothing', async () => {
    const origin = await naming('too late')
    const late: (() => void)[] = []
    const pool = poolWith(
      origin.port,
      (options, answer) => late.push(() => found('127.0.0.1')(options, answer)),
      {
        connect: 20,
      },
    )
    expect(await failureOf(pool.request('GET', '/'))).toMatchObject({
      name: 'ConnectTimeoutError',
      phase: 'dns',
    })
    const caller = new AbortController()
    const call = failureOf(pool.request('GET', '/', { signal: caller.signal }))
    await turnsUntil(() => late.length === 2)
    caller.abort(new Error('gone'))
    expect((await call).message).toBe('gone')
    for (const answer of late) answer()
    await turns(50)
    expect(origin.connections).toHaveLength(0)
    expectAtRest(pool)
  })
})

describe('a name whose address changes', () => {
  it('is looked up for every connection, so that the next one goes to the new address', async () => {
    const old = await naming('old')
    let address = '127.0.0.1'
    let lookups = 0
    const pool = poolWith(old.port, (options, answer) => {
      lookups += 1
      found(address)(options, answer)
    })
    const peer = async (): Promise<string | undefined> => {
      await pool.request('GET', '/')
      return old.connections.at(-1)?.socket.localAddress
    }
    expect([await peer(), await peer(), lookups]).toEqual(['127.0.0.1', '127.0.0.1', 1])
    address = '127.0.0.2'
    old.connections[0]?.socket.destroy()
    await turnsUntil(() => pool.inspect().pools[0]?.idle === 0)
    expect(await failureOf(peer())).toMatchObject({ name: 'NewConnectionError' })
    address = '127.0.0.1'
    expect([await peer(), lookups]).toEqual(['127.0.0.1', 3])
  })
})
