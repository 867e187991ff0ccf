/**
 * What `bearer()` takes, checked where it is called.
 *
 * A token is a credential in clear text, so the schema is strict about where it may go: origins are listed, and one that is
 * not encrypted has to be on this machine.
 */
import { type Origin, parseUrl } from '@rockpool/core/plugin'
import { z } from 'zod'

/** RFC 6750 §2.1, b64token: anything else could not stand in the field, or would end it. */
const TOKEN = /^[\w.~+/-]+=*$/
const LOOPBACK = /^(localhost|127(\.\d+){3}|::1)$/

/** What a refresh is told. */
export interface RefreshContext {
  /** Aborted when nobody waits for the token any more, and when the pool closes. */
  readonly signal: AbortSignal
}

const refresh = z.custom<(context: RefreshContext) => Promise<string>>(
  (value) => typeof value === 'function',
  'is not a function',
)

const origin = z.string().transform((text, context): Origin => {
  try {
    const { origin, target } = parseUrl(text)
    if (target !== '/') throw new RangeError('is more than an origin')
    if (origin.scheme === 'http' && !LOOPBACK.test(origin.host)) throw new RangeError('is not encrypted')
    return origin
  } catch (error) {
    // The text is not repeated: there may be a password in it.
    const why = error instanceof RangeError ? error.message : 'is not the URL of an origin'
    context.addIssue({ code: 'custom', message: why })
    return z.NEVER
  }
})

/** Whether a text can be sent as a token. */
export function isToken(text: unknown): text is string {
  return typeof text === 'string' && TOKEN.test(text)
}

/** Of the factory. */
export const optionsSchema = z
  .strictObject({
    /** The token to begin with. Default: `refresh` is asked for it at the first request. */
    token: z.string().regex(TOKEN, 'is not a token (RFC 6750)').optional(),
    /** Gets a new token. Default: none, and a 401 is returned as it is. */
    refresh: refresh.optional(),
    /** Where the token is sent: `https://api.example.com`. Nowhere else, whatever redirects say. */
    origins: z.array(origin).min(1),
  })
  .refine(({ token, refresh }) => token !== undefined || refresh !== undefined, {
    message: 'is missing, and so is `refresh`',
    path: ['token'],
  })

/** Of each request. */
export const requestOptions = {
  /** `true` sends the request without the token. Default false. */
  anonymous: z.boolean().optional(),
}
