// Public surface of @rockpool/plugin-tls: `tls()`, the policy on top of the core's TLS mechanism, and the same for the
// leg to a proxy. This package may import `@rockpool/core/plugin` and nothing else of the core.
export {
  type OneOrMany,
  type PinMap,
  type Pins,
  type SessionCacheOptions,
  type TlsOptions,
  type TlsVersion,
  tlsOptionNames,
  tlsOptionsSchema,
} from './options.js'
export { PIN_REPORT_CHANNEL, type PinReport } from './pin-report.js'
export { spkiPin } from './spki-pin.js'
export { tls } from './tls.js'
export { type SecureLeg, type TlsConnector, tlsConnector } from './tls-connector.js'
