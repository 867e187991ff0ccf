// The relay between a plain socket and a scripted server: what it breaks, it breaks at exactly the byte that it was told.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { gate } from '../gate.js'
import { trackLeaks } from '../leaks/track-leaks.js'
import { ManualClock } from '../manual-clock.js'
import { close, type Script, send } from '../server/script.js'
import { type ScriptedServer, scriptedServer } from '../server/scripted-server.js'
import { turns, until } from '../turns.js'
import { type FaultRelay, type FaultRelayOptions, faultRelay } from './fault-relay.js'
import type { RelayPlan } from './relay-fault.js'

class Client {
  readonly socket: Socket
  received = ''
  reads = 0
  ended = false
  errorCode: string | undefined
  readonly closed: Promise<unknown>

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    this.closed = new Promise((resolve) => this.socket.once('close', resolve))
    this.socket.on('data', (chunk) => {
      this.reads += 1
      this.received += chunk.toString('latin1')
    })
    this.socket.on('end', () => {
      this.ended = true
    })
    this.socket.on('error', (error: NodeJS.ErrnoException) => {
      this.errorCode = error.code
    })
  }
}

type SetUp = (
  script: Script,
  plan?: RelayPlan,
  options?: FaultRelayOptions,
) => Promise<{ server: ScriptedServer; relay: FaultRelay; client: Client }>

/** Runs a test body, then closes all that it set up and looks for what is left. */
const scene = (body: (setUp: SetUp) => Promise<void>) => async (): Promise<void> => {
  const leaks = trackLeaks()
  const closing: (() => Promise<unknown>)[] = []
  try {
    await body(async (script, plan, options) => {
      const server = await scriptedServer(script)
      const relay = await faultRelay(server, plan, options)
      const client = new Client(relay.port)
      const leave = (): Promise<unknown> => {
        client.socket.destroy()
        return client.closed
      }
      closing.push(
        leave,
        () => relay.close(),
        () => server.close(),
      )
      return { server, relay, client }
    })
  } finally {
    for (const close of closing) await close()
  }
  await leaks.assertNone()
}

describe('a relay', () => {
  it(
    'forwards bytes both ways, FIN as FIN, and counts',
    scene(async (setUp) => {
      const { server, relay, client } = await setUp([
        (connection) => connection.read(4),
        send('answer'),
        (connection) => connection.end(),
      ])
      client.socket.write('ping')
      await until(() => client.ended)
      expect(client.received).toBe('answer')
      client.socket.end()
      await (await server.connection(0)).clientEnded
      const connection = await relay.connection(0)
      await connection.closed
      expect(connection.forwarded).toEqual({ toServer: 4, toClient: 6 })
      expect(relay.openConnections).toBe(0)
    }),
  )

  it(
    'forwards a reset as a reset, either way',
    scene(async (setUp) => {
      const { server, client } = await setUp([(connection) => connection.read(4)])
      const other = await setUp([(connection) => connection.read(4), (connection) => connection.reset()])
      await server.connection(0)
      client.socket.write('ping')
      await until(() => server.connections[0]?.receivedBytes === 4)
      client.socket.resetAndDestroy()
      await until(() => server.connections[0]?.error !== undefined)
      expect(server.connections[0]?.error?.code).toBe('ECONNRESET')
      other.client.socket.write('ping')
      await other.client.closed
      expect(other.client.errorCode).toBe('ECONNRESET')
    }),
  )

  it.each(['cut', 'reset', 'halfClose', 'stall'] as const)(
    'a %s strikes after exactly the bytes before it',
    (kind) =>
      scene(async (setUp) => {
        for (const at of [0, 1, 5, 9]) {
          const { relay, client } = await setUp(send('0123456789'), [{ kind, at }])
          await until(() => relay.struck[kind] === 1)
          if (kind === 'reset') await client.closed
          else if (kind !== 'stall') await until(() => client.ended)
          expect((await relay.connection(0)).forwarded.toClient).toBe(at)
          await until(() => client.received.length === at || client.errorCode !== undefined)
          expect('0123456789'.slice(0, at)).toContain(client.received)
          if (kind !== 'reset') expect(client.received).toHaveLength(at)
          expect(client.ended).toBe(kind === 'cut' || kind === 'halfClose')
          expect(client.errorCode).toBe(kind === 'reset' ? 'ECONNRESET' : undefined)
        }
      })(),
  )

  it(
    'cuts what goes to the server too, after the bytes before it',
    scene(async (setUp) => {
      const { server, client } = await setUp(
        (connection) => connection.readToEnd(),
        [{ kind: 'cut', direction: 'toServer', at: 3 }],
      )
      client.socket.write('abcdef')
      await (await server.connection(0)).clientEnded
      expect(server.connections[0]?.received.toString()).toBe('abc')
      await until(() => client.ended)
    }),
  )

  it(
    'half-closes one direction and goes on with the other',
    scene(async (setUp) => {
      const { server, client } = await setUp(
        [send('abcdef'), (connection) => connection.read(4)],
        [{ kind: 'halfClose', at: 2 }],
      )
      await until(() => client.ended)
      client.socket.write('more')
      await until(() => server.connections[0]?.receivedBytes === 4)
      expect(client.received).toBe('ab')
    }),
  )

  it(
    'changes one byte and no other',
    scene(async (setUp) => {
      const { client } = await setUp(send('aaaa'), [{ kind: 'corrupt', at: 2, mask: 0x03 }])
      await until(() => client.received.length === 4)
      expect(client.received).toBe('aaba')
    }),
  )

  it(
    'holds everything back, FIN too, until the gate opens',
    scene(async (setUp) => {
      const held = gate()
      const { server, client } = await setUp([send('abcd'), close()], [{ kind: 'stall', at: 2, until: held }])
      await (await server.connection(0)).closed
      await turns(20)
      expect([client.received, client.ended]).toEqual(['ab', false])
      held.open()
      await until(() => client.ended)
      expect(client.received).toBe('abcd')
    }),
  )

  it(
    'drips, a piece in each read, and delays by its clock',
    scene(async (setUp) => {
      const clock = new ManualClock()
      const dripping = await setUp(send('abcdef'), [{ kind: 'drip', at: 1, bytes: 2 }])
      await until(() => dripping.client.received === 'abcdef')
      expect(dripping.client.reads).toBe(4)
      const late = await setUp(send('abc'), [{ kind: 'delay', ms: 500 }], { clock })
      await clock.armed()
      clock.advance(499)
      await turns(20)
      expect(late.client.received).toBe('')
      clock.advance(1)
      await until(() => late.client.received === 'abc')
    }),
  )

  it(
    'slows the server down when the client does not read',
    scene(async (setUp) => {
      const megabytes = Buffer.alloc(32_000_000, 'x')
      const { relay, client } = await setUp(send(megabytes))
      client.socket.pause()
      const connection = await relay.connection(0)
      let before = -1
      while (before !== connection.received.toClient) {
        before = connection.received.toClient
        await turns(200)
      }
      expect(before).toBeLessThan(megabytes.length)
      client.socket.resume()
      await until(() => client.received.length === megabytes.length)
    }),
  )
})

describe('faults', () => {
  it(
    'are planned for each connection by its index',
    scene(async (setUp) => {
      const { relay, client } = await setUp(send('abc'), (index) =>
        index === 1 ? [{ kind: 'cut', at: 1 }] : [],
      )
      await until(() => client.received === 'abc')
      const second = new Client(relay.port)
      await until(() => second.ended)
      expect(second.received).toBe('a')
      second.socket.destroy()
      await second.closed
      expect(relay.accepted).toBe(2)
      await relay.connections[1]?.closed
      relay.forgetClosed()
      expect(relay.connections.map(({ index }) => index)).toEqual([0])
      expect(relay.struck).toEqual({ cut: 1 })
    }),
  )

  it(
    'can strike at accept, before a byte has come',
    scene(async (setUp) => {
      const { client } = await setUp([], [{ kind: 'reset', at: 'accept' }])
      await client.closed
      expect(client.errorCode).toMatch(/^(ECONNRESET|EPIPE)$/)
    }),
  )

  it(
    'can be performed by hand, in the middle',
    scene(async (setUp) => {
      const { relay, client, server } = await setUp(async (connection) => {
        await connection.send('one')
        await connection.read(2)
        await connection.send('two')
      })
      await until(() => client.received === 'one')
      const connection = await relay.connection(0)
      connection.strike({ kind: 'corrupt', mask: 0x20 })
      client.socket.write('go')
      await until(() => client.received === 'oneTwo')
      connection.stall()
      await server.connections[0]?.send('three')
      await turns(20)
      expect(client.received).toBe('oneTwo')
      connection.resume()
      await until(() => client.received === 'oneTwothree')
      connection.strike({ kind: 'reset' })
      await client.closed
      expect(client.errorCode).toBe('ECONNRESET')
    }),
  )

  it(
    'happen to a connection whose server cannot be reached: the client is reset',
    scene(async (setUp) => {
      const { relay, server } = await setUp([])
      await server.close()
      const client = new Client(relay.port)
      await client.closed
      expect(client.errorCode).toBe('ECONNRESET')
    }),
  )

  it(
    'all end with the relay',
    scene(async (setUp) => {
      const { relay, client, server } = await setUp([], [{ kind: 'stall', at: 'accept' }])
      await server.connection(0)
      await Promise.all([once(client.socket, 'end'), relay.close()])
      await relay.close()
      expect(relay.openConnections).toBe(0)
    }),
  )
})
