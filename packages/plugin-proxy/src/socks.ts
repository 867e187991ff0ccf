/**
 * SOCKS 4, 4a, 5 and 5h: the handshake is the package socks', the bytes go over the pool's own transport, so that abort,
 * time-outs and clean-up are those of every other connection.
 *
 * `socks4` and `socks5` look the name up here and send an address (what `lookup` of the pool says); `socks4a` and
 * `socks5h` send the name. The errors of the package hold the credentials in their options and go no further than this
 * file.
 *
 * Neighbours: handshake-stream.ts lends the transport. Must not know: requests, TLS.
 */
import { lookup as systemLookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import {
  type ConnectContext,
  type Connector,
  type ConnectTarget,
  ConnectTimeoutError,
  NameResolutionError,
  NewConnectionError,
  OptionsError,
  Origin,
  ProtocolError,
  ResponseError,
  type Transport,
} from '@rockpool/core/plugin'
import { SocksClient } from 'socks'
import type { ProxyAddress } from './address.js'
import { broken } from './failures.js'
import { HandshakeStream } from './handshake-stream.js'
import type { Route } from './route.js'
import { addStep, authorityOf, proxyLeg, spokeFirst, withTimeLeft } from './tunnel.js'
import { withinConnect } from './within-connect.js'

/** The package's own timer is never cancelled, so it must end some day even where nothing else limits the connect. */
const LONGEST_HANDSHAKE_MS = 600_000

/** Makes connections to origins through the SOCKS proxy of `route`. */
export function socks(route: Route, next: Connector): Connector {
  const leg = proxyLeg(route, next)
  return async (target, context) => {
    const startedAt = context.clock.now()
    const authority = authorityOf(target)
    const host = await hostToSend(route.address, target, context)
    const transport = await leg(target, withTimeLeft(context, startedAt))
    await new Handshake(route, transport, authority, withTimeLeft(context, startedAt)).run(host, target.port)
    return addStep(transport, { kind: 'socks', peer: authority })
  }
}

async function hostToSend(
  address: ProxyAddress,
  target: ConnectTarget,
  context: ConnectContext,
): Promise<string> {
  const { serverName, isIp } = Origin.of('http', target.host, target.port)
  const { scheme } = address
  const version4 = scheme === 'socks4' || scheme === 'socks4a'
  if (version4 && isIP(serverName) === 6) {
    throw broken(address, new OptionsError('SOCKS 4 knows no IPv6 addresses', { path: 'proxy' }))
  }
  if (isIp || scheme === 'socks4a' || scheme === 'socks5h') return serverName
  context.progress?.enter('dns')
  return lookUp(serverName, version4, context)
}

/** One address: IPv4 where there is one, because many SOCKS proxies have nothing else. */
function lookUp(name: string, onlyIPv4: boolean, context: ConnectContext): Promise<string> {
  const lookup: LookupFunction = context.dial.lookup ?? systemLookup
  const late = (): ConnectTimeoutError =>
    new ConnectTimeoutError(`${name} was not resolved within ${context.connectTimeout} ms`, { phase: 'dns' })
  const find = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const fail = (cause: unknown): void => reject(unresolved(name, cause))
      try {
        lookup(name, { all: true, family: onlyIPv4 ? 4 : 0 }, (error, found) => {
          const address = error === null ? preferred(found, onlyIPv4) : undefined
          if (address === undefined) fail(error ?? new Error('no address of a kind that can be sent'))
          else resolve(address)
        })
      } catch (error) {
        fail(error)
      }
    })
  return withinConnect(context, find, late)
}

function preferred(
  found: string | readonly { readonly address: string }[],
  onlyIPv4: boolean,
): string | undefined {
  const addresses = typeof found === 'string' ? [found] : found.map(({ address }) => address)
  const first = addresses.find((address) => isIP(address) === 4)
  return first ?? (onlyIPv4 ? undefined : addresses.find((address) => isIP(address) === 6))
}

function unresolved(name: string, cause: unknown): NameResolutionError {
  const code = (cause as { code?: unknown } | null)?.code
  const why = typeof code === 'string' ? code : String(cause)
  return new NameResolutionError(`cannot resolve the name of ${name} (${why})`, { cause, phase: 'dns' })
}

class Handshake {
  readonly #route: Route
  readonly #stream: HandshakeStream
  readonly #authority: string
  readonly #context: ConnectContext

  constructor(route: Route, transport: Transport, authority: string, context: ConnectContext) {
    this.#route = route
    this.#stream = new HandshakeStream(transport)
    this.#authority = authority
    this.#context = context
  }

  async run(host: string, port: number): Promise<void> {
    const { signal, clock, connectTimeout } = this.#context
    const stream = this.#stream
    const { address } = this.#route
    const timer = clock.timer(() => stream.destroy(this.#timedOut()))
    const onAbort = (): void => void stream.destroy()
    signal.addEventListener('abort', onAbort, { once: true })
    if (connectTimeout !== undefined) timer.arm(connectTimeout)
    try {
      if (signal.aborted) throw signal.reason
      await this.#negotiate(host, port)
      if (await stream.spoke()) throw spokeFirst(this.#authority)
      if (stream.destroyed)
        throw stream.failure ?? new ProtocolError('the connection ended', { phase: 'proxy' })
      stream.release()
    } catch (error) {
      stream.destroy()
      throw signal.aborted ? signal.reason : broken(address, error)
    } finally {
      timer.cancel()
      signal.removeEventListener('abort', onAbort)
    }
  }

  async #negotiate(host: string, port: number): Promise<void> {
    const { origin, scheme } = this.#route.address
    const { username, password } = this.#route.credentials.pair ?? {}
    const timeout = Math.min(
      LONGEST_HANDSHAKE_MS,
      (this.#context.connectTimeout ?? LONGEST_HANDSHAKE_MS) + 1_000,
    )
    try {
      await SocksClient.createConnection({
        command: 'connect',
        destination: { host, port },
        existing_socket: this.#stream,
        timeout,
        proxy: {
          host: origin.host,
          port: origin.port,
          type: scheme.startsWith('socks4') ? 4 : 5,
          ...(username !== undefined && { userId: username }),
          ...(password !== undefined && password !== '' && { password }),
        },
      })
    } catch (error) {
      throw this.#stream.failure ?? explain(error instanceof Error ? error.message : '', this.#authority)
    }
  }

  #timedOut(): ConnectTimeoutError {
    const { authority } = this.#route.address.origin
    return new ConnectTimeoutError(
      `${authority} did not finish the SOCKS handshake within ${this.#context.connectTimeout} ms`,
      { phase: 'proxy' },
    )
  }
}

/** What the package says, in our terms. Its messages are constants, with the name of the reply behind a dash. */
function explain(message: string, authority: string): Error {
  const reply = /rejected connection - \(?(\w+)\)?/.exec(message)?.[1]
  if (reply === 'NotAllowed' || reply === 'RejectedIdent' || reply === 'RejectedIdentDifferent') {
    return new ResponseError(`it does not allow a connection to ${authority} (${reply})`, { phase: 'proxy' })
  }
  if (reply !== undefined) {
    return new NewConnectionError(`it cannot connect to ${authority} (${reply})`, { phase: 'connect' })
  }
  if (/authentication failed/i.test(message)) {
    return new ResponseError('it did not accept the user name and password', { phase: 'proxy' })
  }
  if (/no accepted authentication type|unknown authentication type/.test(message)) {
    return new ResponseError('it asks for another way of authentication than is at hand', { phase: 'proxy' })
  }
  if (/socket closed/i.test(message)) {
    return new ProtocolError('it closed the connection in the middle of the SOCKS handshake', {
      phase: 'proxy',
    })
  }
  return new ProtocolError(`its answer is no SOCKS (${message})`, { phase: 'proxy' })
}
