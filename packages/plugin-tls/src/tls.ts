/**
 * The plugin: secures the connections of https origins, innermost but for the dial and a proxy's tunnel.
 */
import { definePlugin, OptionsError, type PluginFactory, stages } from '@rockpool/core/plugin'
import { z } from 'zod'
import { type TlsOptions, tlsOptionsSchema } from './options.js'
import { createPolicy, type TlsPolicy } from './policy.js'
import { connectorOf } from './tls-connector.js'

/** Where a bad option is reported: as an issue of the schema, so that the error points to the caller's line. */
const policySchema: z.ZodType<TlsPolicy, TlsOptions> = tlsOptionsSchema.transform((options, context) => {
  try {
    return createPolicy(options)
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error
    context.addIssue({ code: 'custom', path: error.path.split('.'), message: error.message })
    return z.NEVER
  }
})

/**
 * HTTPS for pools and managers: the server's certificate is verified against Node's roots, or against the CAs given,
 * and its name against the host; client certificates, fingerprints and public-key pins as options. Every check runs
 * before the first byte of a request, on every connection, resumed sessions included. Revocation is not checked.
 *
 * @throws {OptionsError} at the call: an option is unknown, contradicts another, or names something missing or broken
 * @example
 * ```ts
 * const pool = connectionFromUrl('https://api.example.com', { plugins: [tls({ caCerts: 'ca.pem' })] })
 * ```
 */
export const tls: PluginFactory<typeof policySchema, Record<never, never>> = definePlugin({
  name: 'tls',
  options: policySchema,
  securesTransport: true,
  apply(host, policy) {
    const connector = connectorOf(policy)
    host.inspect(() => ({ verifies: policy.verifiesChain, sessions: policy.sessions?.size ?? 0 }))
    host.hooks.beforeConnect.tap(
      { name: 'tls', stage: stages.beforeConnect.secure },
      (next, { origin, forward }) =>
        // Whoever forwards through an https proxy has secured that leg by options of its own.
        origin.scheme === 'https' && forward !== true
          ? connector.secure(next, { peerName: origin.host, securedFor: origin })
          : next,
    )
  },
})
