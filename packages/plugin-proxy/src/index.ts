// Public surface of @rockpool/plugin-proxy: `proxy()`, how an origin is reached through another host. It imports
// `@rockpool/core/plugin`, and plugin-tls's connector for the proxy's own leg.
export { ProxyAddress, type ProxyScheme } from './address.js'
export type { ProxyAuth, ProxyAuthFunction, ProxyAuthRequest } from './credentials.js'
export { fromEnvironment } from './environment.js'
export {
  type ProxyChooser,
  type ProxyOptions,
  type ProxyRequestOption,
  proxyOptionNames,
  proxyOptionsSchema,
} from './options.js'
export { proxy } from './proxy.js'
