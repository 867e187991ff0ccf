// An address from which nothing comes back: no refusal, no connection. It is made of a process that has been stopped while its
// kernel's line of connections is full: what asks for another is not answered at all. Only Linux drops such a packet in silence.
import { type ChildProcess, spawn } from 'node:child_process'
import { connect, createServer, type LookupFunction, type Socket } from 'node:net'
import { HTTPConnectionPool } from '@rockpool/core'
import { ManualClock, trackLeaks, turns, until } from '@rockpool/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const LISTEN = `require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () {
  process.stdout.write(String(this.address().port))
})`
const MOST_FILLERS = 20
const CONNECT_MS = 1_000

let child: ChildProcess
let port = 0
const fillers: Socket[] = []

/** Whether one more connection is made: not when there is no word of it in a while. */
async function isAnswered(): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  fillers.push(socket)
  socket.on('error', () => undefined)
  const connected = new Promise<boolean>((resolve) => socket.once('connect', () => resolve(true)))
  const silent = new Promise<boolean>((resolve) => setTimeout(resolve, 300, false))
  return await Promise.race([connected, silent])
}

describe.skipIf(process.platform !== 'linux')('an address from which nothing comes back', () => {
  beforeAll(async () => {
    child = spawn(process.execPath, ['-e', LISTEN], { stdio: ['ignore', 'pipe', 'inherit'] })
    port = Number(await new Promise((resolve) => child.stdout?.once('data', resolve)))
    child.kill('SIGSTOP')
    while (fillers.length < MOST_FILLERS && (await isAnswered()));
    expect(fillers.length).toBeLessThan(MOST_FILLERS)
  })
  afterAll(() => {
    for (const socket of fillers) socket.destroy()
    child.kill('SIGKILL')
  })

  const dialling = (pool: HTTPConnectionPool) =>
    until(() => pool.inspect().pools[0]?.dialing === 1, { what: 'a connection being made' })

  it('ends a call when its connect time-out is over, not a millisecond earlier, and gives the slot back', async () => {
    const leaks = trackLeaks()
    const clock = new ManualClock()
    const pool = new HTTPConnectionPool('127.0.0.1', port, {
      clock,
      maxSize: 1,
      block: true,
      timeout: { connect: CONNECT_MS },
    })
    for (let call = 0; call < 3; call += 1) {
      let outcome: unknown
      void pool.request('POST', '/', { body: 'x' }).catch((error: unknown) => {
        outcome = error
      })
      await clock.armed()
      clock.advance(CONNECT_MS - 1)
      await turns(50)
      expect(outcome).toBeUndefined()
      clock.advance(1)
      await until(() => outcome !== undefined, { what: 'the end of the call at its connect time-out' })
      expect(outcome).toMatchObject({ name: 'ConnectTimeoutError', phase: 'connect', sent: 'nothing' })
      expect(pool.inspect().pools[0]).toMatchObject({ active: 0, dialing: 0, waiters: [] })
    }
    await pool.close()
    await leaks.assertNone()
  })

  it('holds nobody who gives up, and no pool that is closed', async () => {
    const leaks = trackLeaks()
    const pool = new HTTPConnectionPool('127.0.0.1', port, { maxSize: 1, block: true })
    const caller = new AbortController()
    const reason = new Error('gave up')
    const first = pool.request('GET', '/', { signal: caller.signal }).catch((error: unknown) => error)
    await dialling(pool)
    caller.abort(reason)
    expect(await first).toBe(reason)
    // Nobody waits for that connection any more, so it is not being made either.
    expect(pool.inspect().pools[0]).toMatchObject({ active: 0, dialing: 0, waiters: [] })
    const second = pool.request('GET', '/').catch((error: unknown) => error)
    await dialling(pool)
    await pool.close()
    expect(await second).toMatchObject({ name: 'ClosedPoolError', sent: 'nothing' })
    await leaks.assertNone()
  })

  it('is left for the next address of the name', async () => {
    const leaks = trackLeaks()
    const server = createServer((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine'))
    })
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.2', resolve))
    const lookup: LookupFunction = (_name, _options, callback) =>
      callback(null, [
        { address: '127.0.0.1', family: 4 },
        { address: '127.0.0.2', family: 4 },
      ])
    const pool = new HTTPConnectionPool('two.test', port, { lookup, timeout: { connect: 10_000 } })
    expect(await (await pool.request('GET', '/')).text()).toBe('fine')
    await pool.close()
    await new Promise((resolve) => server.close(resolve))
    await leaks.assertNone()
  })
})
