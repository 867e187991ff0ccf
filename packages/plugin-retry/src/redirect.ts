// The plugin `redirect()`: its tap.
//
// Rule: it decides whether a 3xx is followed and with what; the rest is core's. It runs one stage after `retry()`'s decision,
// so that the policy of the call lies in the ledger when both are installed, whatever order they are listed in. Alone, it
// counts redirects only.
//
// Neighbours: next-request.ts makes the next hop, ledger.ts holds what is left. Must not know: which failures are retried.

import {
  definePlugin,
  HTTPError,
  MaxRetryError,
  type PluginFactory,
  type PluginHost,
  Resend,
  type ResponseContext,
  ResponseError,
  stages,
} from '@rockpool/core/plugin'
import { ANSWERED, givenUp } from './given-up.js'
import { note, remaining } from './ledger.js'
import { isRedirectStatus, nextRequest, redirectLocation } from './next-request.js'
import { followSchema, type RedirectSettings, redirectSchema } from './options.js'
import { pauseAfter } from './pause.js'
import { Retry, type RetryEvent } from './policy.js'
import { withSpooledBody } from './spool.js'

/** Where `retry()` is not installed nothing but the number of redirects is limited. */
const REDIRECTS_ONLY: Retry = new Retry({ total: Number.POSITIVE_INFINITY })

/**
 * Follows 301, 302, 303, 307 and 308.
 *
 * @throws {OptionsError} an option is unknown or not acceptable
 * @example
 * const manager = new PoolManager({ plugins: [redirect({ max: 5 })] })
 * await manager.request('GET', 'http://example.com/')                      // follows
 * await manager.request('GET', 'http://example.com/', { redirect: false }) // returns the 3xx
 */
export const redirect: PluginFactory<typeof redirectSchema, { readonly redirect: typeof followSchema }> =
  definePlugin({
    name: 'redirect',
    options: redirectSchema,
    requestOptions: { redirect: followSchema },
    apply(host, settings) {
      const stage = stages.onResponse.decide + 1
      host.hooks.onResponse.tap({ name: 'redirect', stage }, (context) => {
        if (!isRedirectStatus(context.response.status) || context.options.redirect === false) return undefined
        return follow(context, host, settings)
      })
    },
  })

function follow(
  context: ResponseContext,
  host: PluginHost,
  settings: RedirectSettings,
): Resend | HTTPError | undefined {
  const { exchange, baseRequest, request, response } = context
  const policy = limited(remaining(exchange) ?? REDIRECTS_ONLY, context.options.redirect, settings.max)
  if (policy.total === false || policy.redirect === false) return undefined
  const raises = policy.raiseOnRedirect && settings.raiseOnRedirect
  try {
    const location = redirectLocation(response.headers)
    if (location === undefined) return undefined
    const answer = { status: response.status, location, askedUrl: request.url }
    const { removeHeaders, allowDowngrade } = settings
    const next = nextRequest(withSpooledBody(baseRequest), answer, {
      removeHeaders,
      allowDowngrade,
      boundTo: bound(context, host),
    })
    const event = { method: request.method, url: request.url, status: response.status, location }
    const left = policy.increment(event)
    const pause = pauseAfter(response.headers, left, 0, { clock: host.clock, exchange })
    if ('refusal' in pause) return raises ? tooLate(event, pause.refusal) : undefined
    note(exchange, left)
    return new Resend({ reason: 'redirect', request: next, delayMs: pause.delayMs })
  } catch (error) {
    if (error instanceof MaxRetryError && !raises) return undefined
    if (error instanceof HTTPError) return error
    throw error
  }
}

/** The policy with the limit of redirects in it: the request's, else the policy's own, else the plugin's. */
function limited(policy: Retry, asked: unknown, max: number): Retry {
  // Only the first redirect sets the limit; later ones find what is left of it.
  if (policy.history.some(({ location }) => location !== undefined)) return policy
  if (typeof asked === 'number') return policy.with({ redirect: asked })
  return policy.redirect === undefined ? policy.with({ redirect: max }) : policy
}

/** The one origin that may be asked: a pool's own, unless `assertSameHost` says otherwise. */
function bound({ options, baseRequest }: ResponseContext, host: PluginHost): RedirectBound {
  if (options.assertSameHost === false) return undefined
  return host.origin ?? (options.assertSameHost === true ? baseRequest.origin : undefined)
}

type RedirectBound = PluginHost['origin']

function tooLate({ method, url, status }: RetryEvent, refusal: string): MaxRetryError {
  const reason = new ResponseError(`${status} redirect, and ${refusal}`, ANSWERED)
  return new MaxRetryError(`gave up on ${method} ${url}: ${reason.message}`, givenUp(reason))
}
