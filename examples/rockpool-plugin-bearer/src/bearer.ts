/**
 * `bearer()`: sends a token to chosen origins and gets a new one when the server no longer takes it.
 *
 * Two taps. onRequest signs, and that is also where calls wait for a token: an attempt holds no connection there, so a
 * refresh that goes through the same pool cannot be starved by the calls that wait for it. onResponse, which does hold
 * one, therefore only notes that the token was refused and asks for another attempt.
 *
 * The token is in no option, error, history or `inspect()`: an attempt's own copy of the request has it and nothing else.
 */
import {
  definePlugin,
  type ExchangeView,
  type HTTPRequest,
  Resend,
  type ResponseContext,
  stages,
} from '@rockpool/core/plugin'
import type { z } from 'zod'
import { optionsSchema, requestOptions } from './options.js'
import { TokenSource } from './token-source.js'

export type { RefreshContext } from './options.js'
/** The options of `bearer()`. */
export type BearerOptions = z.input<typeof optionsSchema>

/** What a call has done so far; gone when the call is. */
interface Memory {
  /** The token of the attempt under way. */
  sent: string | undefined
  resent: boolean
}

/**
 * Sends `Authorization: Bearer …` to the listed origins. A 401 for a token that this plugin sent is answered once per
 * call with a new token and another attempt, when there is a `refresh` and the body can be sent again; the second 401 is
 * the caller's.
 *
 * A request that brings its own `Authorization` is left alone.
 *
 * @throws {OptionsError} at the call: an option is unknown or not acceptable
 * @throws {PluginError} at a request: `refresh` failed; its `cause` is what it failed with
 * @example
 * const pool = connectionFromUrl('https://api.example.com', {
 *   plugins: [tls(), bearer({ refresh: ({ signal }) => fetchToken(signal), origins: ['https://api.example.com'] })],
 * })
 * await pool.request('GET', '/me')
 * await pool.request('GET', '/status', { anonymous: true })
 */
export const bearer = definePlugin({
  name: 'bearer',
  options: optionsSchema,
  requestOptions,
  apply(host, { token, refresh, origins }) {
    const source = new TokenSource(token, refresh)
    const memories = new WeakMap<ExchangeView, Memory>()
    const keys = new Set(origins.map(({ key }) => key))

    const wants = (request: HTTPRequest, anonymous: unknown): boolean =>
      anonymous !== true && keys.has(request.origin.key) && !request.headers.has('authorization')

    host.hooks.onRequest.tapPromise({ name: 'bearer', stage: stages.onRequest.sign }, async (context) => {
      const { exchange, options } = context
      const memory = memories.get(exchange) ?? { sent: undefined, resent: false }
      memories.set(exchange, memory)
      memory.sent = undefined
      if (!wants(context.request, options.anonymous)) return
      memory.sent = source.present ?? (await source.get((promise) => host.whilePending(exchange, promise)))
      context.request = context.request.withHeaders({ authorization: `Bearer ${memory.sent}` })
    })

    host.hooks.onResponse.tap({ name: 'bearer', stage: stages.onResponse.decide }, (context) => {
      const memory = memories.get(context.exchange)
      if (context.response.status !== 401 || memory?.sent === undefined) return undefined
      // Also when this call cannot go on: the next one shall not try the same token again.
      if (!source.reject(memory.sent) || memory.resent || !canResend(context)) return undefined
      memory.resent = true
      return new Resend({ reason: 'bearer' })
    })

    host.inspect(() => ({
      origins: [...keys],
      hasToken: source.present !== undefined,
      refreshes: source.refreshes,
    }))
    return () => source.close()
  },
})

/** Otherwise core would fail the call, and the caller would never see the 401. */
function canResend({ baseRequest }: ResponseContext): boolean {
  return baseRequest.body.replayable || !baseRequest.body.used
}
