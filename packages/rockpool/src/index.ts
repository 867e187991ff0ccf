/**
 * `rockpool`: the pools with TLS, retries, redirects and proxies already installed, one `request()`, and everything that
 * core and the plugins offer. It only composes: a rule about HTTP belongs in the core or in a plugin.
 */
export * from '@rockpool/core'
export * from '@rockpool/plugin-proxy'
export * from '@rockpool/plugin-retry'
export * from '@rockpool/plugin-tls'
// What follows is ours and goes before what core exports under the same name.
export { connectionFromUrl } from './connection-from-url.js'
export { getDefaultManager, request, setDefaultManager } from './default-manager.js'
export { HTTPConnectionPool } from './http-connection-pool.js'
export { HTTPSConnectionPool } from './https-connection-pool.js'
export { type BasicCredentials, type MakeHeadersOptions, makeHeaders } from './make-headers.js'
export type {
  BuiltInRequestOptions,
  FlatOptions,
  FlatProxyOptions,
  FlatRedirectOptions,
  FlatRetryOptions,
  ManagerOptions,
  PoolOptions,
  ProxyInput,
  RequestOptions,
  UrlopenOptions,
} from './options.js'
export { PoolManager } from './pool-manager.js'
export { ProxyManager, type ProxyManagerOptions, proxyFromUrl } from './proxy-manager.js'
