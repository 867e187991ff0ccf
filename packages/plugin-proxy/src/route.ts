/**
 * Which way a request takes: the decision table, and the routes that one plugin in one pool has decided on.
 *
 *   proxy   target  way                                       pooled by   secured
 *   http    http    forwarded, absolute form                  proxy       –
 *   http    https   CONNECT, then TLS                         origin      origin
 *   https   http    TLS to the proxy, forwarded               proxy       proxy
 *   https   https   TLS to the proxy, CONNECT, TLS inside it  origin      proxy and origin
 *   https   https   with useForwardingForHttps: forwarded     proxy       proxy alone
 *   socks…  any     SOCKS handshake, then as without a proxy  origin      origin, when it is https
 *
 * A route has a token that goes into the pool's key, so that nothing pooled for one proxy, credential or mode is used for
 * another. It is a digest keyed with a secret of this process: whoever reads it in an inspection learns nothing.
 *
 * Neighbours: proxy.ts asks; tunnel.ts, forward.ts and socks.ts carry out. Must not know: connections.
 */
import { createHmac, randomBytes } from 'node:crypto'
import { HTTPHeaders as Headers, type HTTPHeaders, type Origin } from '@rockpool/core/plugin'
import type { TlsConnector } from '@rockpool/plugin-tls'
import { ProxyAddress } from './address.js'
import { ProxyCredentials } from './credentials.js'
import { isFixed } from './environment.js'
import type { ProxyChooser, ProxySettings } from './options.js'

/** How a proxy is used. */
export type RouteMode = 'forward' | 'tunnel' | 'socks'

/** One way through one proxy. */
export interface Route {
  readonly mode: RouteMode
  readonly address: ProxyAddress
  readonly credentials: ProxyCredentials
  /** Fields for this proxy. */
  readonly headers: HTTPHeaders
  /** Secures the leg to an https proxy. */
  readonly tls: () => TlsConnector
  /** The part of the pool's key that stands for this route. */
  readonly token: string
}

/** The decision table. */
export function modeOf(
  address: ProxyAddress,
  target: Origin['scheme'],
  useForwardingForHttps: boolean,
): RouteMode {
  if (address.isSocks) return 'socks'
  if (target === 'http') return 'forward'
  return useForwardingForHttps && address.scheme === 'https' ? 'forward' : 'tunnel'
}

/** Enough that a route is still known when its connection is made; each is a few hundred bytes. */
const REMEMBERED_ROUTES = 1_000
const TOKEN = /(?:^| )(proxy=[\w-]+)/
const NO_HEADERS: HTTPHeaders = new Headers().freeze()

/** See the file's head. */
export class Router {
  readonly #settings: ProxySettings
  readonly #secret: Buffer = randomBytes(32)
  readonly #byToken = new Map<string, Route>()
  readonly #byOrigin = new WeakMap<Origin, Route | 'direct'>()
  readonly #choiceIsFixed: boolean

  constructor(settings: ProxySettings) {
    this.#settings = settings
    this.#choiceIsFixed = typeof settings.url !== 'function' || isFixed(settings.url)
  }

  /** The way to `target`, given the request's own option; `undefined` for the direct one. */
  decide(target: Origin, perRequest: ProxyAddress | false | undefined): Route | undefined {
    if (perRequest === false) return undefined
    if (perRequest !== undefined) {
      const { url } = this.#settings
      return this.#route(perRequest, target, url instanceof ProxyAddress && url.equals(perRequest))
    }
    if (!this.#choiceIsFixed) return this.#choose(target)
    let known = this.#byOrigin.get(target)
    if (known === undefined) {
      known = this.#choose(target) ?? 'direct'
      this.#byOrigin.set(target, known)
    }
    return known === 'direct' ? undefined : this.#remember(known)
  }

  /**
   * The route that a pool's key names: `undefined` when it names none, which is the direct way.
   *
   * @throws {Error} it names one that is not known here. Never falls back to the direct way.
   */
  find(partition: string): Route | undefined {
    const token = TOKEN.exec(partition)?.[1]
    if (token === undefined) return undefined
    const route = this.#byToken.get(token)
    if (route === undefined) throw new Error('the route of this pool is not known any more')
    return route
  }

  /** The routes in use, without anything secret. */
  inspect(): { readonly proxy: string; readonly mode: RouteMode }[] {
    return [...this.#byToken.values()].map(({ address, mode }) => ({ proxy: address.url, mode }))
  }

  #choose(target: Origin): Route | undefined {
    const { url, bypass } = this.#settings
    if (url === undefined || bypass.matches(target)) return undefined
    if (url instanceof ProxyAddress) return this.#route(url, target, true)
    const address = chosen(url, target)
    return address === undefined ? undefined : this.#route(address, target, true)
  }

  /** `own`: the proxy is one of the option `url`, whose headers and credentials are meant for it. */
  #route(address: ProxyAddress, target: Origin, own: boolean): Route {
    const { headers, auth, tls, useForwardingForHttps } = this.#settings
    const mode = modeOf(address, target.scheme, useForwardingForHttps)
    const credentials = new ProxyCredentials(address, own ? auth : undefined)
    const { username = '', password = '' } = credentials.pair ?? {}
    const identity = JSON.stringify([mode, address.url, own, username, password])
    const digest = createHmac('sha256', this.#secret).update(identity).digest('base64url')
    const token = `proxy=${digest.slice(0, 22)}`
    const known = this.#byToken.get(token)
    const route = known ?? { mode, address, credentials, headers: own ? headers : NO_HEADERS, tls, token }
    return this.#remember(route)
  }

  #remember(route: Route): Route {
    const routes = this.#byToken
    if (routes.size < REMEMBERED_ROUTES && routes.has(route.token)) return route
    routes.delete(route.token)
    routes.set(route.token, route)
    if (routes.size > REMEMBERED_ROUTES) {
      for (const oldest of routes.keys()) {
        routes.delete(oldest)
        break
      }
    }
    return route
  }
}

function chosen(choose: ProxyChooser, target: Origin): ProxyAddress | undefined {
  const answer = choose(target.prefix)
  if (answer === undefined || answer === null || answer === '') return undefined
  return answer instanceof ProxyAddress ? answer : ProxyAddress.parse(answer)
}
