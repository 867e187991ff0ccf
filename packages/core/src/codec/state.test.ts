import { describe, expect, it } from 'vitest'
import { DEFAULT_LIMITS } from '../ground/limits.js'
import { ClientCodec, type CodecSink } from './codec.js'
import { ServerCodec, type ServerSink } from './server-codec.js'
import {
  CLIENT,
  CLIENT_TRANSITIONS,
  type CodecEvent,
  link,
  SERVER,
  SERVER_TRANSITIONS,
  step,
} from './state.js'

const EVENTS: readonly CodecEvent[] = ['begin', 'informational', 'message', 'end', 'switch', 'reset', 'fault']

const clientSink: CodecSink = { onInformational() {}, onHead() {}, onBody() {}, onEnd() {}, onSwitch() {} }
const serverSink: ServerSink = { onHead() {}, onBody() {}, onEnd() {}, onLeave() {} }

type Drive<C> = (codec: C) => void

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n'
const begin: Drive<ClientCodec> = (codec) => codec.begin('GET', { upgrade: 'x' })
const answer =
  (text: string): Drive<ClientCodec> =>
  (codec) =>
    codec.receive(Buffer.from(text), 0, text.length)
const broken: Drive<ClientCodec> = (codec) => expect(() => answer('?')(codec)).toThrow()
const chunkedHead = answer('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
const switched = answer('HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n')

// What leads into each state, and what makes each transition of the table happen.
const reachClient: Record<string, readonly Drive<ClientCodec>[]> = {
  idle: [],
  head: [begin],
  body: [begin, answer(OK)],
  done: [begin, answer(`${OK}ok`)],
  switched: [begin, switched],
  failed: [begin, broken],
}
const driveClient: Record<string, Drive<ClientCodec>> = {
  'idle begin': begin,
  'idle fault': broken,
  'head informational': answer('HTTP/1.1 100 Continue\r\n\r\n'),
  'head message': answer(OK),
  'head switch': switched,
  'head fault': broken,
  'body end': answer('ok'),
  'body fault': (codec) => expect(() => codec.receiveEof()).toThrow(),
  'done reset': (codec) => codec.reset(),
  'switched fault': broken,
}

describe('the client table', () => {
  const transitions = Object.entries(CLIENT_TRANSITIONS).flatMap(([from, exits]) =>
    Object.entries(exits).map(([event, to]) => ({ from, event, to })),
  )

  it.each(transitions.filter((t) => `${t.from} ${t.event}` !== 'done fault'))(
    '$from: $event leads to $to',
    ({ from, event, to }) => {
      const codec = new ClientCodec(clientSink, DEFAULT_LIMITS)
      for (const drive of reachClient[from] ?? []) drive(codec)
      expect(codec.state).toBe(from)
      const drive = driveClient[`${from} ${event}`]
      expect(drive, 'a transition nobody drives').toBeDefined()
      drive?.(codec)
      expect(codec.state).toBe(to)
    },
  )

  it('done: a sink that throws when told of the end leads to failed', () => {
    const codec = new ClientCodec(
      {
        ...clientSink,
        onEnd: () => {
          throw new Error('of the sink')
        },
      },
      DEFAULT_LIMITS,
    )
    begin(codec)
    expect(() => answer(`${OK}ok`)(codec)).toThrow('of the sink')
    expect(codec.state).toBe('failed')
  })

  it('a chunked body that breaks leads to failed, and nothing is read afterwards', () => {
    const codec = new ClientCodec(clientSink, DEFAULT_LIMITS)
    for (const drive of [begin, chunkedHead, broken, answer('2\r\nok\r\n0\r\n\r\n')]) drive(codec)
    codec.receiveEof()
    expect(codec.state).toBe('failed')
    expect(codec.reusable).toBe(false)
  })

  it.each(Object.keys(reachClient))('a request begins in idle only: %s', (state) => {
    const codec = new ClientCodec(clientSink, DEFAULT_LIMITS)
    for (const drive of reachClient[state] ?? []) drive(codec)
    if (state === 'idle') codec.begin('GET')
    else expect(() => codec.begin('GET')).toThrow(`'begin' is not possible in state '${state}'`)
  })

  it.each(['idle', 'head', 'body', 'switched', 'failed'])('reset needs a complete response: %s', (state) => {
    const codec = new ClientCodec(clientSink, DEFAULT_LIMITS)
    for (const drive of reachClient[state] ?? []) drive(codec)
    expect(() => codec.reset()).toThrow('not reusable')
  })
})

describe('the server table', () => {
  const request =
    (text: string): Drive<ServerCodec> =>
    (codec) =>
      codec.receive(Buffer.from(text), 0, text.length)
  const bad: Drive<ServerCodec> = (codec) => expect(() => request('\0')(codec)).toThrow()
  const post = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n'

  it('reads one request after the other', () => {
    const codec = new ServerCodec(serverSink, DEFAULT_LIMITS)
    request(post)(codec)
    expect(codec.state).toBe('body')
    request(`ok${post}ok`)(codec)
    expect(codec.state).toBe('head')
  })

  it('leaves HTTP from within the end of a request, and only there', () => {
    const left: string[] = []
    const codec: ServerCodec = new ServerCodec(
      { ...serverSink, onEnd: () => codec.leave(), onLeave: (bytes) => left.push(bytes.toString()) },
      DEFAULT_LIMITS,
    )
    expect(() => codec.leave()).toThrow("'switch' is not possible in state 'head'")
    request('CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\nhello')(codec)
    expect(codec.state).toBe('switched')
    expect(left).toEqual(['hello'])
    bad(codec)
    expect(codec.state).toBe('failed')
  })

  it('fails for good', () => {
    const codec = new ServerCodec(serverSink, DEFAULT_LIMITS)
    bad(codec)
    request(post)(codec)
    expect(codec.state).toBe('failed')
  })

  it('fails when the client stops inside a request, and only then', () => {
    for (const text of ['POST', post, `${post}o`]) {
      const codec = new ServerCodec(serverSink, DEFAULT_LIMITS)
      request(text)(codec)
      expect(() => codec.receiveEof()).toThrow('closed inside')
      expect(codec.state).toBe('failed')
    }
    const codec = new ServerCodec(serverSink, DEFAULT_LIMITS)
    codec.receiveEof()
    request(`${post}ok`)(codec)
    codec.receiveEof()
    expect(codec.state).toBe('head')
  })
})

describe('linked rows', () => {
  it.each([
    ['client', CLIENT_TRANSITIONS, CLIENT],
    ['server', SERVER_TRANSITIONS, SERVER],
  ] as const)('say what the %s table says', (_, table, rows) => {
    for (const [from, row] of Object.entries(rows)) {
      for (const event of EVENTS)
        expect(row[event]?.name).toBe((table as Record<string, Record<string, string>>)[from]?.[event])
    }
  })

  it('refuse an event the table does not list', () => {
    const rows = link<'a' | 'b'>({ a: { begin: 'b' }, b: {} })
    expect(step(rows.a, rows.a.begin, 'begin')).toBe(rows.b)
    expect(() => step(rows.b, rows.b.begin, 'begin')).toThrow("codec: 'begin' is not possible in state 'b'")
  })
})
