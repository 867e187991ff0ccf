/**
 * The plugin: decides each attempt's route, and makes the connections that a route needs.
 *
 * Four taps. Before an attempt: the route, into the pool's key; a forwarded request is addressed to its proxy. Before a
 * connect: the connector of the route that the pool's key names. After a forwarded request's answer: a 407 is answered
 * once or is an error. After its failure: a proxy that speaks TLS where plain HTTP was sent is named as such.
 *
 * Each attempt is decided anew, so a redirect to another origin takes that origin's route. Must not know: what pools do.
 */
import {
  type Clock,
  type ConnectContext,
  type Connector,
  definePlugin,
  type ExchangeView,
  type HTTPError,
  type PluginFactory,
  type ProxyError,
  type RequestContext,
  Resend,
  type ResponseContext,
  stages,
} from '@rockpool/core/plugin'
import type { z } from 'zod'
import type { ProxyAddress } from './address.js'
import { askCredentials } from './ask-credentials.js'
import { refused, speaksTls, wrongScheme } from './failures.js'
import { carriesAuthorization, forward, withholdAuthorization } from './forward.js'
import { type ProxySettings, proxyOptionsSchema, requestProxySchema } from './options.js'
import { type Route, Router } from './route.js'
import { socks } from './socks.js'
import { proxyLeg, tunnel } from './tunnel.js'

const requestOptions: { readonly proxy: z.ZodOptional<typeof requestProxySchema> } = {
  proxy: requestProxySchema.optional(),
}

/**
 * Proxies of every common kind: http requests are forwarded, https ones go through a CONNECT tunnel, and SOCKS carries
 * both; `useForwardingForHttps` has https forwarded by an https proxy. Credentials, headers and TLS options given here are
 * for the proxy alone.
 *
 * A request may name its own proxy, or none: `request('GET', url, { proxy: false })`.
 *
 * @throws {ProxySchemeUnknown} at the call: the URL's scheme is none that proxies speak
 * @throws {LocationValueError} at the call: the URL breaks the grammar
 * @throws {OptionsError} at the call: an option is not acceptable
 * @example
 * ```ts
 * const plugins = [tls(), proxy({ url: 'http://user:secret@proxy.example:3128', noProxy: '.internal' })]
 * const manager = new PoolManager({ plugins })
 * ```
 */
export const proxy: PluginFactory<typeof proxyOptionsSchema, typeof requestOptions> = definePlugin({
  name: 'proxy',
  options: proxyOptionsSchema,
  requestOptions,
  apply(host, settings) {
    const router = new Router(settings)
    const taps = new ProxyTaps(router, host.clock)
    host.inspect(() => ({ routes: router.inspect() }))
    const at = { name: 'proxy', stage: stages.onRequest.route }
    // A tap that awaits costs every request a turn, so only where a function makes the credentials.
    if (makesCredentials(settings)) {
      host.hooks.onRequest.tapPromise(at, (context) => taps.routeAsking(context))
      host.hooks.onSettle.tap('proxy', (exchange) => taps.stopAsking(exchange))
    } else host.hooks.onRequest.tap(at, (context) => taps.route(context))
    host.hooks.beforeConnect.tap({ name: 'proxy', stage: stages.beforeConnect.tunnel }, (next, context) =>
      taps.connector(next, context),
    )
    host.hooks.onResponse.tap({ name: 'proxy', stage: stages.onResponse.decide }, (context) =>
      taps.onResponse(context),
    )
    host.hooks.onError.tap({ name: 'proxy', stage: stages.onError.observe }, ({ error, ...context }) =>
      taps.onError(error, context),
    )
  },
})

interface Sent {
  readonly request: { readonly origin: Parameters<Router['decide']>[0] }
  readonly options: Readonly<Record<string, unknown>>
}

class ProxyTaps {
  readonly #router: Router
  /** What proxies asked for in the course of an exchange, by route: nothing learnt from one is told to another. */
  readonly #challenges = new WeakMap<ExchangeView, Map<string, readonly string[]>>()

  /** Given up when the call is over: nobody waits for the credentials any more. */
  readonly #asking = new WeakMap<ExchangeView, AbortController>()
  readonly #clock: Clock

  constructor(router: Router, clock: Clock) {
    this.#router = router
    this.#clock = clock
  }

  route(context: RequestContext): void {
    const route = this.#enter(context)
    if (route !== undefined) forward(context, route, route.credentials.fixedAuthorization)
  }

  async routeAsking(context: RequestContext): Promise<void> {
    const route = this.#enter(context)
    if (route === undefined) return
    const { exchange, connectTimeout } = context
    const { method, url } = context.request
    const challenges = this.#challenges.get(exchange)?.get(route.token) ?? []
    const asking = new AbortController()
    this.#asking.set(exchange, asking)
    const limits = { signal: asking.signal, clock: this.#clock, connectTimeout }
    forward(context, route, await askCredentials(route, { method, target: url, challenges }, limits))
  }

  stopAsking(exchange: ExchangeView): void {
    this.#asking.get(exchange)?.abort()
  }

  connector(next: Connector, { partition }: ConnectContext): Connector {
    const route = this.#router.find(partition)
    if (route === undefined) return next
    if (route.mode === 'forward') return proxyLeg(route, next)
    return route.mode === 'tunnel' ? tunnel(route, next) : socks(route, next)
  }

  onResponse(context: ResponseContext): Resend | HTTPError | undefined {
    const { response, exchange, request } = context
    if (response.status !== 407) return undefined
    const route = this.#forwarding(context)
    // Only the proxy's own answer counts, not one that a plugin made.
    if (route === undefined || response.connection?.origin.equals(route.address.origin) !== true)
      return undefined
    const challenges = response.headers.getAll('proxy-authenticate')
    const asked = this.#challenges.get(exchange) ?? new Map<string, readonly string[]>()
    const hadCredentials = carriesAuthorization(request)
    if (route.credentials.made && challenges.length > 0 && !asked.has(route.token)) {
      this.#challenges.set(exchange, asked.set(route.token, challenges))
      return new Resend({ reason: 'proxy' })
    }
    return refused(route.address, `forwarding to ${request.origin.key}`, response, hadCredentials)
  }

  onError(error: HTTPError, context: Sent): ProxyError | undefined {
    if (!speaksTls(error)) return undefined
    const route = this.#forwarding(context)
    return route?.address.scheme === 'http' ? wrongScheme(route.address, error) : undefined
  }

  /** Puts the route into the pool's key; gives it back when the request is to be forwarded by it. */
  #enter(context: RequestContext): Route | undefined {
    const route = this.#decide(context)
    if (route !== undefined) {
      const { partition } = context
      context.partition = partition === '' ? route.token : `${partition} ${route.token}`
    }
    if (route?.mode === 'forward') return route
    withholdAuthorization(context)
    return undefined
  }

  #forwarding(context: Sent): Route | undefined {
    const route = this.#decide(context)
    return route?.mode === 'forward' ? route : undefined
  }

  #decide({ request, options }: Sent): Route | undefined {
    return this.#router.decide(request.origin, options.proxy as ProxyAddress | false | undefined)
  }
}

function makesCredentials({ auth }: ProxySettings): boolean {
  return typeof auth === 'function'
}
