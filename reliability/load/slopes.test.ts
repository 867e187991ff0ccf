// Whatever a call costs must be given back: after very many of the kinds that leave something behind most easily, nothing may
// be left over and the heap may not have grown with their number. By `npm run faults` a million requests, a hundred thousand
// callers who give up, as many hosts, ten thousand failed handshakes; in `npm test` enough to see what every one of them keeps.
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { HTTPConnectionPool, HTTPSConnectionPool, PoolManager } from '@rockpool/core'
import { tls } from '@rockpool/plugin-tls'
import { certificates, trackLeaks, turns } from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'

const isFull = process.env.FAULTS === 'full'
const REQUESTS = isFull ? 1_000_000 : 8_000
const ABORTS = isFull ? 100_000 : 1_500
const HOSTS = isFull ? 100_000 : 1_500
const HANDSHAKES = isFull ? 10_000 : 150
const LONG = 1_800_000

/**
 * For so many calls a program's own signal lives. Up to Node 22 a signal keeps some 50 bytes for each that `AbortSignal.any`
 * has ever made of it, whoever uses that: over a hundred thousand calls Node's own growth would be taken for ours.
 */
const PROGRAM_CALLS = 500

/** Bytes by which the heap wobbles from one reading to the next, more while the code is still being compiled. */
const WOBBLE = (isFull ? 768 : 1_536) * 1_024
/** What may stay for each operation beyond that. */
const BYTES_EACH = 1

const ANSWER = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine')
const HALF = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfi')

function heap(): number {
  if (globalThis.gc === undefined) throw new Error('needs --expose-gc')
  globalThis.gc()
  globalThis.gc()
  return process.memoryUsage().heapUsed
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Answers requests without a body: nothing to `/silent`, half of an answer to `/half`, all of one to everything else. */
function answering(): Server {
  return createServer({ noDelay: true }, (socket: Socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (bytes: Buffer) => {
      const asked = bytes.toString('latin1', 4, 9)
      if (asked !== '/sile') socket.write(asked === '/half' ? HALF : ANSWER)
    })
  })
}

/** Does `once` so many times, some side by side, and demands that the heap did not grow behind the first fifth. */
async function often(
  times: number,
  sideBySide: number,
  once: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0
  const upTo = async (end: number): Promise<void> => {
    const worker = async (): Promise<void> => {
      while (next < end) await once(next++)
    }
    await Promise.all(Array.from({ length: sideBySide }, worker))
    // What was closed takes some turns to go.
    await turns(200)
  }
  await upTo(Math.floor(times / 5))
  const before = heap()
  await upTo(times)
  expect(next).toBe(times)
  expect(heap() - before).toBeLessThan(WOBBLE + BYTES_EACH * times)
}

describe('the heap and everything that can be left over stay as they are', () => {
  it(
    `while a connection serves one request after the other: ${REQUESTS} requests`,
    async () => {
      // One signal for all of them, as a program has it: its listeners must not gather.
      const { signal } = new AbortController()
      const leaks = trackLeaks({ signals: [signal] })
      const server = answering()
      const pool = new HTTPConnectionPool('127.0.0.1', await listening(server), { maxSize: 8, block: true })
      await often(REQUESTS, 8, async () => {
        const { status } = await pool.request('GET', '/', { signal })
        if (status !== 200) throw new Error(`status ${status}`)
      })
      expect(pool.inspect().numConnections).toBeLessThanOrEqual(8)
      await pool.close()
      await new Promise((resolve) => server.close(resolve))
      await leaks.assertNone()
    },
    LONG,
  )

  it(
    `while callers give up, in line, while they wait and while they read: ${ABORTS} aborts`,
    async () => {
      const leaks = trackLeaks()
      const server = answering()
      const pool = new HTTPConnectionPool('127.0.0.1', await listening(server), { maxSize: 8, block: true })
      const gaveUp = new Error('gave up')
      let program = new AbortController()
      await often(ABORTS, 32, async (index) => {
        if (index % PROGRAM_CALLS === 0) program = new AbortController()
        const caller = new AbortController()
        const signal = index % 4 === 0 ? AbortSignal.any([program.signal, caller.signal]) : caller.signal
        const path = index % 3 === 0 ? '/half' : '/silent'
        const call = pool
          .request('GET', path, { signal, preloadContent: index % 2 === 0 })
          .then((answer) => answer.text())
          .then(String, (error: unknown) => error)
        await turns(index % 5)
        caller.abort(gaveUp)
        const outcome = await call
        if (outcome !== gaveUp) throw new Error(`ended with ${String(outcome)}`)
      })
      const { pools, waiters } = pool.inspect()
      expect(waiters).toEqual([])
      expect(pools.map(({ active, dialing }) => active + dialing)).toEqual([0])
      await pool.close()
      await new Promise((resolve) => server.close(resolve))
      await leaks.assertNone()
    },
    LONG,
  )

  it(
    `while each request goes to another host: ${HOSTS} hosts`,
    async () => {
      const leaks = trackLeaks()
      const server = answering()
      const port = await listening(server)
      const manager = new PoolManager({
        numPools: 10,
        lookup: (_, options, callback) => {
          if (options.all === true) callback(null, [{ address: '127.0.0.1', family: 4 }])
          else callback(null, '127.0.0.1', 4)
        },
      })
      await often(HOSTS, 8, async (index) => {
        await manager.request('GET', `http://host-${index}.test:${port}/`)
      })
      expect(manager.inspect().pools.length).toBeLessThanOrEqual(10)
      await manager.close()
      await new Promise((resolve) => server.close(resolve))
      await leaks.assertNone()
    },
    LONG,
  )

  it(
    `while no handshake comes to a good end: ${HANDSHAKES} handshakes`,
    async () => {
      // A certificate that nobody vouches for, and a server that does not speak TLS at all.
      const leaf = certificates.leaf({ hosts: ['origin.test'], ips: ['127.0.0.1'] })
      const leaks = trackLeaks()
      const unknown = createTlsServer({ key: leaf.key, cert: leaf.cert })
      unknown.on('tlsClientError', () => undefined)
      const deaf = createServer((socket) => {
        socket.on('error', () => undefined)
        socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
      })
      const options = { maxSize: 4, block: true, plugins: [tls()] }
      const pools = [
        new HTTPSConnectionPool('127.0.0.1', await listening(unknown), options),
        new HTTPSConnectionPool('127.0.0.1', await listening(deaf), options),
      ]
      await often(HANDSHAKES, 8, async (index) => {
        const outcome = await pools[index % 2]?.request('GET', '/').then(
          ({ status }) => String(status),
          ({ name }: Error) => name,
        )
        if (outcome !== 'SSLError' && outcome !== 'CertificateError') throw new Error(`ended with ${outcome}`)
      })
      for (const pool of pools) {
        expect(pool.inspect().connections).toEqual([])
        await pool.close()
      }
      for (const server of [unknown, deaf]) await new Promise((resolve) => server.close(resolve))
      await leaks.assertNone()
    },
    LONG,
  )
})
