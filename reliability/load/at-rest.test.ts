// Whoever waits must not compute: idle connections, silent servers, callers in line, readers and servers that pause. The event
// loop is counted for a while; what polls or spins would turn it by the ten thousand.
import { performance } from 'node:perf_hooks'
import { Readable } from 'node:stream'
import { HTTPConnectionPool, HTTPSConnectionPool } from '@rockpool/core'
import { tls } from '@rockpool/plugin-tls'
import {
  answerAll,
  certificates,
  readRequest,
  response,
  type Script,
  type ScriptedConnection,
  scriptedServer,
  send,
  stopReading,
  turns,
} from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'

const COUNTED_MS = 250
/** The test runner has a few of its own. */
const FEW_TURNS = 40

const silent: Script = [readRequest(), (connection: ScriptedConnection) => connection.clientEnded]

/** What has just been done may take a while to settle; what spins never does. */
const WINDOWS = 8

/** The turns of the event loop while nothing happens: the fewest of some windows. */
async function turnsAtRest(): Promise<number> {
  let fewest = Number.POSITIVE_INFINITY
  for (let left = WINDOWS; left > 0 && fewest >= FEW_TURNS; left -= 1) {
    await turns(500)
    const before = loopCount()
    await new Promise((resolve) => setTimeout(resolve, COUNTED_MS))
    fewest = Math.min(fewest, loopCount() - before)
  }
  return fewest
}

function loopCount(): number {
  return (performance.nodeTiming as unknown as { uvMetricsInfo: { loopCount: number } }).uvMetricsInfo
    .loopCount
}

interface Scene {
  readonly script: Script
  /** Brings it about. */
  readonly begin: (pool: HTTPConnectionPool) => Promise<unknown>
}

const left = (error: unknown): unknown => error

const SCENES: Readonly<Record<string, Scene>> = {
  'connections are idle': {
    script: answerAll(response(200, 'idle')),
    begin: (pool) => Promise.all(Array.from({ length: 8 }, () => pool.request('GET', '/'))),
  },
  'a server is silent': {
    script: silent,
    begin: async (pool) => void pool.request('GET', '/').catch(left),
  },
  'callers stand in line': {
    script: silent,
    begin: async (pool) => {
      for (let caller = 0; caller < 500; caller += 1) void pool.request('GET', '/').catch(left)
    },
  },
  'a body is not read on': {
    script: [readRequest(), send(response(200, Buffer.alloc(16_777_216)))],
    begin: async (pool) => (await pool.request('GET', '/', { preloadContent: false })).read(10),
  },
  'an upload is not read on': {
    script: [readRequest({ body: false }), stopReading(), (connection) => connection.clientEnded],
    begin: async (pool) => {
      const body = new Readable({
        read() {
          this.push(Buffer.alloc(65_536))
        },
      })
      void pool.request('POST', '/', { body }).catch(left)
      await turns(2_000)
    },
  },
  'a source gives nothing': {
    script: silent,
    begin: async (pool) => void pool.request('POST', '/', { body: new Readable({ read() {} }) }).catch(left),
  },
}

describe('the event loop stands still while', () => {
  const leaf = certificates.leaf({ hosts: ['origin.test'], ips: ['127.0.0.1'] })
  for (const [what, { script, begin }] of Object.entries(SCENES)) {
    for (const isSecured of [false, true]) {
      it(`${what}${isSecured ? ', over TLS' : ''}`, async () => {
        const options = { record: false, ...(isSecured ? { tls: leaf.tls } : {}) }
        await using server = await scriptedServer(script, options)
        const pool = isSecured
          ? new HTTPSConnectionPool('127.0.0.1', server.port, {
              maxSize: 8,
              block: true,
              plugins: [tls({ caCertData: leaf.ca })],
            })
          : new HTTPConnectionPool('127.0.0.1', server.port, { maxSize: 8, block: true })
        await begin(pool as HTTPConnectionPool)
        expect(await turnsAtRest(), `turns of the event loop in ${COUNTED_MS} ms`).toBeLessThan(FEW_TURNS)
        await pool.close({ graceMs: 1 })
      })
    }
  }

  it('and is seen to turn when something does spin', async () => {
    let isOver = false
    const spin = (): void => {
      if (!isOver) setImmediate(spin)
    }
    spin()
    expect(await turnsAtRest()).toBeGreaterThan(FEW_TURNS)
    isOver = true
  })
})
