/**
 * The connection to a proxy, and the tunnel through it: TCP, TLS when the proxy is an https one, then CONNECT.
 *
 * Everything in here happens before the proxy has agreed, so every failure is a ProxyError, and the transport is destroyed
 * with it. A 407 is answered once, on the same connection where that is possible. One connect time-out spans all of it.
 *
 * Neighbours: failures.ts names what goes wrong; core's openTunnel speaks CONNECT. Must not know: requests.
 */
import {
  type ConnectContext,
  type Connector,
  type ConnectTarget,
  closeOnError,
  HTTPHeaders,
  LocationParseError,
  Origin,
  openTunnel,
  ProtocolError,
  ProxyError,
  type RouteStep,
  type Transport,
  type TunnelAnswer,
} from '@rockpool/core/plugin'
import { askCredentials } from './ask-credentials.js'
import { broken, refused, unreachable } from './failures.js'
import type { Route } from './route.js'

/** Makes connections to the proxy of `route`, for requests to be forwarded on. */
export function proxyLeg(route: Route, next: Connector): Connector {
  const { origin, scheme } = route.address
  const tls = { peerName: origin.host, ...(route.mode === 'forward' && { securedFor: origin }) }
  const connect = scheme === 'https' ? route.tls().secure(next, tls) : next
  return async (_target, context) => {
    // Its errors are a ProxyError's `originalError`; a call that is cut here was on the way to its proxy, not to its origin.
    context.progress?.enter('proxy')
    try {
      return await connect({ host: origin.dnsName, port: origin.port }, { ...context, progress: undefined })
    } catch (error) {
      throw context.signal.aborted ? error : unreachable(route.address, error)
    }
  }
}

/** Makes connections to origins, through the proxy of `route`. */
export function tunnel(route: Route, next: Connector): Connector {
  const leg = proxyLeg(route, next)
  return async (target, context) => {
    const authority = authorityOf(target)
    const opening = new TunnelOpening(route, leg, target, authority, context)
    return addStep(await opening.open(), { kind: 'connect', peer: authority })
  }
}

/** The target of CONNECT, checked before anything is dialled. */
export function authorityOf({ host, port }: ConnectTarget): string {
  if (port === 0) {
    throw new LocationParseError('port 0 cannot be reached through a proxy', { location: host })
  }
  return Origin.of('https', host, port).authority
}

/** Tells in a transport's route what was asked of the proxy. */
export function addStep(transport: Transport, step: RouteStep): Transport {
  Object.assign(transport.info, { route: [...transport.info.route, step] })
  return transport
}

/** What is left of the connect time-out for the next step. */
export function withTimeLeft(context: ConnectContext, startedAt: number): ConnectContext {
  const { connectTimeout, clock } = context
  if (connectTimeout === undefined) return context
  return { ...context, connectTimeout: Math.max(1, Math.floor(connectTimeout - (clock.now() - startedAt))) }
}

class TunnelOpening {
  readonly #route: Route
  readonly #leg: Connector
  readonly #target: ConnectTarget
  readonly #authority: string
  readonly #context: ConnectContext
  readonly #startedAt: number

  constructor(
    route: Route,
    leg: Connector,
    target: ConnectTarget,
    authority: string,
    context: ConnectContext,
  ) {
    this.#route = route
    this.#leg = leg
    this.#target = target
    this.#authority = authority
    this.#context = context
    this.#startedAt = context.clock.now()
  }

  async open(): Promise<Transport> {
    this.#context.progress?.enter('proxy')
    const first = await this.#authorization([])
    const transport = await this.#dial()
    const answer = await this.#ask(transport, first)
    if (answer.open) return transport
    const again = await this.#answerTo(answer, transport)
    if (again === undefined) throw this.#refused(answer, transport, first !== undefined)
    if (!answer.reusable) transport.destroy()
    const second = await this.#askAgain(answer.reusable ? transport : undefined, again)
    if (second.answer.open) return second.transport
    throw this.#refused(second.answer, second.transport, true)
  }

  /** On the same connection if there is one, and it has not gone unannounced, as many proxies do after a refusal. */
  async #askAgain(
    same: Transport | undefined,
    authorization: string,
  ): Promise<{ readonly transport: Transport; readonly answer: TunnelAnswer }> {
    if (same !== undefined) {
      try {
        return { transport: same, answer: await this.#ask(same, authorization) }
      } catch (error) {
        const gone = error instanceof ProxyError && error.originalError instanceof ProtocolError
        if (!gone || this.#context.signal.aborted) throw error
      }
    }
    const transport = await this.#dial()
    return { transport, answer: await this.#ask(transport, authorization) }
  }

  #dial(): Promise<Transport> {
    return this.#leg(this.#target, this.#timeLeft())
  }

  #ask(transport: Transport, authorization: string | undefined): Promise<TunnelAnswer> {
    return closeOnError(transport, async () => {
      const { address } = this.#route
      const headers = new HTTPHeaders(this.#route.headers)
      if (authorization !== undefined) headers.set('Proxy-Authorization', authorization)
      const request = { authority: this.#authority, headers, peer: address.origin.authority }
      try {
        const answer = await openTunnel(transport, request, this.#timeLeft())
        if (answer.open && answer.leftover.length > 0) throw spokeFirst(this.#authority)
        return answer
      } catch (error) {
        throw this.#context.signal.aborted ? error : broken(address, error)
      }
    })
  }

  /** The value for another attempt after a 407, when a function makes it and it makes a difference. */
  async #answerTo(answer: TunnelAnswer, transport: Transport): Promise<string | undefined> {
    if (answer.status !== 407 || !this.#route.credentials.made) return undefined
    const challenges = answer.headers.getAll('proxy-authenticate')
    if (challenges.length === 0) return undefined
    return closeOnError(transport, () => this.#authorization(challenges))
  }

  async #authorization(challenges: readonly string[]): Promise<string | undefined> {
    const { credentials } = this.#route
    if (!credentials.made) return credentials.fixedAuthorization
    const request = { method: 'CONNECT', target: this.#authority, challenges }
    return askCredentials(this.#route, request, this.#timeLeft(), this.#context.connectTimeout)
  }

  #refused(answer: TunnelAnswer, transport: Transport, hadCredentials: boolean): Error {
    transport.destroy()
    return refused(this.#route.address, `a tunnel to ${this.#authority}`, answer, hadCredentials)
  }

  #timeLeft(): ConnectContext {
    return withTimeLeft(this.#context, this.#startedAt)
  }
}

/** Neither TLS nor HTTP lets the server begin: such bytes would be taken for an answer. As STARTTLS injection. */
export function spokeFirst(authority: string): ProtocolError {
  return new ProtocolError(
    `bytes from ${authority} came along with the proxy's answer, before it was asked anything`,
    {
      phase: 'proxy',
    },
  )
}
