// The four ways to a server that the fault matrix goes, and the server at their end: one script that plays proxy, TLS
// and origin as the route wants it, stops where a cell wants it to stop, and is sound from its second connection on.
import { gzipSync } from 'node:zlib'
import { HTTPConnectionPool, HTTPSConnectionPool, type PoolOptions } from '@rockpool/core'
import type { Plugin } from '@rockpool/core/plugin'
import { proxy } from '@rockpool/plugin-proxy'
import { tls } from '@rockpool/plugin-tls'
import {
  answerAll,
  certificates,
  type Deferred,
  type Gate,
  response,
  type ScriptedConnection,
  type Step,
  until,
} from '@rockpool/testkit'

export const ROUTES = ['plain', 'tls', 'forward', 'tunnel'] as const
export type RouteName = (typeof ROUTES)[number]

/** Where the server stops: before the proxy agrees, in the handshake, with the request half read, and so on. */
export const PHASES = [
  'proxy',
  'proxy-head',
  'tls',
  'send',
  'wait',
  'head',
  'body-length',
  'body-chunked',
  'body-close',
  'body-gzip',
  'idle',
] as const
export type PhaseName = (typeof PHASES)[number]

/** Where a server has stopped, and what lets it go on. */
export interface Stop {
  readonly phase: PhaseName
  readonly reached: Deferred<void>
  readonly go: Gate
}

export const SOUND = 'a sound answer'
const TEXT = 'what the body says, and it says it twice; what the body says, and it says it twice'
const coded = gzipSync(TEXT)
const half = Math.floor(coded.length / 2)

/** Head, first part and rest of an answer whose body reads TEXT; the rest begins where a changed byte shows. */
const ANSWERS = {
  length: [`Content-Length: ${TEXT.length}\r\n`, TEXT.slice(0, 20), TEXT.slice(20)],
  chunked: [
    'Transfer-Encoding: chunked\r\n',
    `14\r\n${TEXT.slice(0, 20)}\r\n`,
    `${(TEXT.length - 20).toString(16)}\r\n${TEXT.slice(20)}\r\n0\r\n\r\n`,
  ],
  close: ['', TEXT.slice(0, 20), TEXT.slice(20)],
  gzip: [
    `Content-Encoding: gzip\r\nContent-Length: ${coded.length}\r\n`,
    coded.toString('latin1', 0, half),
    coded.toString('latin1', half),
  ],
} as const

/** What the whole answer says, and what it says when it stops in the middle. */
export const WHOLE: string = TEXT
export const PART: string = TEXT.slice(0, 20)

const isSecured = (route: RouteName): boolean => route === 'tls' || route === 'tunnel'
const leaf = certificates.leaf({ hosts: ['origin.test'], ips: ['127.0.0.1'] })

/** The script of every connection of a cell. */
export function serverScript(route: RouteName, stop: Stop): Step {
  return (connection) =>
    connection.index === 0 ? stopping(route, stop, connection) : sound(route, connection)
}

/** A script that gives one answer, these bytes, and leaves. */
export function answeringScript(route: RouteName, bytes: Uint8Array): Step {
  return async (connection) => {
    await admit(route, connection)
    await connection.readRequest()
    await connection.send(bytes)
    await connection.end()
  }
}

async function sound(route: RouteName, connection: ScriptedConnection): Promise<void> {
  await admit(route, connection)
  await answerAll(response(200, SOUND))(connection)
}

/** Plays proxy and TLS as far as the route has them. */
async function admit(route: RouteName, connection: ScriptedConnection): Promise<void> {
  if (route === 'tunnel') {
    await connection.readThrough('\r\n\r\n')
    await connection.send('HTTP/1.1 200 OK\r\n\r\n')
  }
  if (isSecured(route)) await secure(connection)
}

/** A client that goes away in a handshake is nothing that a script has to report. */
async function secure(connection: ScriptedConnection): Promise<void> {
  await connection.startTls(leaf.tls).catch(() => connection.destroy())
}

async function stopping(route: RouteName, stop: Stop, connection: ScriptedConnection): Promise<void> {
  const at = async (phase: PhaseName): Promise<void> => {
    if (stop.phase !== phase) return
    stop.reached.resolve()
    await stop.go.pass()
  }
  if (route === 'tunnel') {
    await connection.readThrough('\r\n\r\n')
    await at('proxy')
    await connection.send('HTTP/1.1 2')
    await at('proxy-head')
    await connection.send('00 Connection established\r\n\r\n')
  }
  if (isSecured(route)) {
    const before = connection.receivedBytes
    await until(() => connection.receivedBytes > before || !connection.isOpen)
    await at('tls')
    await secure(connection)
  }
  await origin(stop.phase, at, connection)
  await at('idle')
  await answerAll(response(200, SOUND))(connection)
}

async function origin(
  phase: PhaseName,
  at: (phase: PhaseName) => Promise<void>,
  connection: ScriptedConnection,
): Promise<void> {
  if (phase === 'send') {
    await connection.readThrough('\r\n\r\n')
    // Nobody reads the body: it fills every buffer on its way, then the client waits.
    connection.stopReading()
    await at('send')
    return
  }
  await connection.readRequest()
  await at('wait')
  const kind = phase.startsWith('body-') ? (phase.slice(5) as keyof typeof ANSWERS) : 'length'
  const [fields, first, rest] = ANSWERS[kind]
  await connection.send('HTTP/1.1 200 Fine\r\nX-Na')
  await at('head')
  await connection.send(`me: value\r\n${fields}\r\n${first}`)
  await at(phase.startsWith('body-') ? phase : 'body-length')
  await connection.send(rest)
  if (kind === 'close') await connection.end()
}

/** The client's side of a route: a pool with one connection at most, whose way leads through the relay. */
export function poolOn(
  route: RouteName,
  port: number,
  options: PoolOptions<readonly Plugin[]>,
): HTTPConnectionPool<readonly Plugin[]> {
  const viaProxy = proxy({ url: `http://127.0.0.1:${port}` })
  const verify = tls({ caCertData: leaf.ca })
  switch (route) {
    case 'plain':
      return new HTTPConnectionPool<readonly Plugin[]>('127.0.0.1', port, options)
    case 'tls':
      return new HTTPSConnectionPool<readonly Plugin[]>('127.0.0.1', port, { ...options, plugins: [verify] })
    case 'forward':
      return new HTTPConnectionPool<readonly Plugin[]>('origin.test', 80, { ...options, plugins: [viaProxy] })
    case 'tunnel':
      return new HTTPSConnectionPool<readonly Plugin[]>('origin.test', 443, {
        ...options,
        plugins: [verify, viaProxy],
      })
  }
}
