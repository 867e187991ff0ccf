/**
 * What the pools of this package take: the options of core, and those of every plugin that is installed in them, flat.
 *
 * Types only; compose-options.ts says which plugin gets what. Where two plugins have a word for the same thing there is
 * one option here, and the names that would say too little beside others have a prefix: `proxyHeaders`, `proxyAuth`,
 * `proxyTls`.
 */
import type {
  ManagerOptions as CoreManagerOptions,
  PoolOptions as CorePoolOptions,
  RequestOptions as CoreRequestOptions,
  UrlopenOptions as CoreUrlopenOptions,
  Plugin,
} from '@rockpool/core'
import type { ProxyOptions, ProxyRequestOption } from '@rockpool/plugin-proxy'
import type { RedirectPluginOptions, Retries, Retry, RetryPluginOptions } from '@rockpool/plugin-retry'
import type { TlsOptions } from '@rockpool/plugin-tls'

/** What the option `proxy` may be: a URL, all options of `proxy()`, or `fromEnvironment()`. */
export type ProxyInput = string | URL | ProxyOptions

/** The options of `retry()`, and its whole policy as one. What a request may override it gives as its own `retries`. */
export interface FlatRetryOptions extends Omit<RetryPluginOptions, 'redirect' | 'raiseOnRedirect'> {
  /**
   * How often a call may go wrong: a number for `total`, a boolean, options, or a `Retry`, which is complete and takes no
   * other rule beside it. `false`: errors and 3xx reach the caller as they are. Default 3.
   */
  readonly retries?: number | boolean | RetryPluginOptions | Retry | null | undefined
}

/** The options of `redirect()`. What a request may override it gives as its own `redirect`. */
export interface FlatRedirectOptions extends RedirectPluginOptions {
  /**
   * Whether redirects are followed, or how many; a number is the same as `max`. `false`: a 3xx is returned, unless a
   * request asks otherwise. Default true.
   */
  readonly redirect?: boolean | number | null | undefined
}

/** The options of `proxy()`, which is installed when `proxy` is given. */
export interface FlatProxyOptions {
  /**
   * The proxy to use: a URL (http, https, socks4, socks4a, socks5, socks5h), all options in one object, or
   * `fromEnvironment()`. With `{}` only requests that name a proxy use one. Default: none, and requests cannot name one.
   */
  readonly proxy?: ProxyInput | undefined
  /** Fields for the proxy only. The option `headers` of `proxy()`. */
  readonly proxyHeaders?: ProxyOptions['headers']
  /** Credentials for the proxy, when they are not in its URL. The option `auth` of `proxy()`. */
  readonly proxyAuth?: ProxyOptions['auth']
  /** With an https proxy: no tunnel, the proxy sees everything. Default false. */
  readonly useForwardingForHttps?: ProxyOptions['useForwardingForHttps']
  /** Hosts that are reached directly. */
  readonly noProxy?: ProxyOptions['noProxy']
  /** The options of `tls()` for the connection to an https proxy; those beside it are for origins only. */
  readonly proxyTls?: TlsOptions | undefined
}

/** Everything the plugins add to the options of a pool. */
export interface FlatOptions extends TlsOptions, FlatRetryOptions, FlatRedirectOptions, FlatProxyOptions {}

/** The options of a pool. Every one is checked when the pool is made; a bad one is an `OptionsError` that names it. */
export interface PoolOptions<Extra extends readonly Plugin[] = readonly Plugin[]>
  extends CorePoolOptions<Extra>,
    FlatOptions {}

/** The options of a manager: those of its pools, and how many there may be. */
export interface ManagerOptions<Extra extends readonly Plugin[] = readonly Plugin[]>
  extends CoreManagerOptions<Extra>,
    FlatOptions {}

/** What the plugins add to the options of a request. */
export interface BuiltInRequestOptions {
  /**
   * How often this call may go wrong: a new `total`, a boolean, options laid over the pool's, or a `Retry` instead of
   * the pool's. `false`: exactly one attempt, and its error or 3xx as it is. Default: the pool's.
   */
  readonly retries?: Retries | null | undefined
  /** Whether redirects are followed, or how many. `false`: a 3xx is returned. Default: the pool's. */
  readonly redirect?: boolean | number | null | undefined
  /**
   * Another proxy for this call, or `false` for none. Only where the pool was given `proxy`, be it `{}`; an `OptionsError`
   * elsewhere. Default: the pool's.
   */
  readonly proxy?: ProxyRequestOption | undefined
}

/** The options of `urlopen`. */
export interface UrlopenOptions extends CoreUrlopenOptions, BuiltInRequestOptions {}

/** The options of `request`. */
export interface RequestOptions extends CoreRequestOptions, BuiltInRequestOptions {}
