/**
 * TLS for one leg of a route, as a wrapper of connectors: for the origin by `tls()`, for its own leg by whatever
 * plugin dials a proxy, TLS inside TLS included.
 */
import { type Connector, OptionsError, type Origin, startTls } from '@rockpool/core/plugin'
import { Handshake, type Leg } from './handshake.js'
import { type TlsOptions, tlsOptionsSchema } from './options.js'
import { createPolicy, peerName, type TlsPolicy } from './policy.js'

/** Whom the leg is secured with. */
export interface SecureLeg {
  /** The host whose certificate is expected and who is named in SNI: a name or an address. */
  readonly peerName: string
  /** The origin that the leg reaches; leave it out for the leg to a proxy. */
  readonly securedFor?: Origin | undefined
}

/** Wraps connectors so that what they open is secured. */
export interface TlsConnector {
  /** A connector that opens with `next`, makes the handshake and checks the peer before handing the transport on. */
  secure(next: Connector, leg: SecureLeg): Connector
}

/**
 * Makes a connector wrapper from the options of `tls()`: read and checked once, here.
 *
 * Sessions are kept per wrapper, so make it once and not for every connection.
 *
 * @throws {OptionsError} as `tls()` does
 * @example
 * ```ts
 * const proxyTls = tlsConnector({ caCerts: 'proxy-ca.pem' })
 * host.hooks.beforeConnect.tap({ name, stage: stages.beforeConnect.tunnel }, (next) =>
 *   tunnel(proxyTls.secure(next, { peerName: 'proxy.example' })))
 * ```
 */
export function tlsConnector(options: TlsOptions = {}): TlsConnector {
  return connectorOf(createPolicy(checked(options)))
}

/** The wrapper that works by `policy`; warns once when it meets a peer that nothing has proven. */
export function connectorOf(policy: TlsPolicy): TlsConnector {
  let warned = false
  const onUnproven = (): void => {
    if (warned) return
    warned = true
    process.emitWarning(
      'TLS connections are made without verification (certReqs: "none"): whoever is on the way can read and change them',
      { type: 'RockpoolWarning', code: 'ROCKPOOL_INSECURE' },
    )
  }
  return {
    secure(next, { peerName: host, securedFor }) {
      const leg: Leg = { peer: peerName(host), securedFor, onUnproven }
      return (target, context) => startTls(next, target, context, new Handshake(policy, leg, target, context))
    },
  }
}

function checked(options: TlsOptions): TlsOptions {
  const result = tlsOptionsSchema.safeParse(options)
  if (result.success) return result.data
  const issues = result.error.issues.map((issue) => ({
    path: issue.code === 'unrecognized_keys' ? String(issue.keys[0]) : issue.path.join('.'),
    message: issue.message,
  }))
  const [first = { path: '', message: 'not acceptable' }] = issues
  throw new OptionsError(`TLS option ${first.path}: ${first.message}`, { path: first.path, issues })
}
