// What `retry()` and `redirect()` take, and what they add to the options of a request.
//
// Rule: checked where it is written, inherited where it is not. Whatever `retries` may be (a number, a boolean, options, a
// Retry), it may be for the plugin as well, so `retry(5)` and `retry(new MyRetry())` say what they look like.
//
// Neighbours: retry-options.ts has the rules of a policy. Must not know: hooks.

import { z } from 'zod'
import type { BudgetOptions } from './budget.js'
import { Retry } from './policy.js'
import { RETRY_OPTION_NAMES, type RetryOptions, retryShape } from './retry-options.js'

/** Whatever `retries` may be for one request: laid over the policy of the pool. `null` and `undefined` inherit it. */
export type Retries = number | boolean | RetryOptions | Retry

/** The options of `retry()`: a policy, and what concerns a whole pool. */
export interface RetryPluginOptions extends RetryOptions {
  /** A policy to start from, for subclasses; the options beside it are laid over it. Default `new Retry()`. */
  readonly policy?: Retry | null | undefined
  /**
   * How much of the traffic to one origin may be retries: a share of the calls of the last ten seconds plus a floor per
   * second; false for any amount. Default `{ ratio: 0.2, minPerSecond: 100 }`.
   */
  readonly budget?: Partial<BudgetOptions> | false | null | undefined
  /**
   * Bytes; a stream body of at most this size is read into memory before it is sent and can so be sent again. It is then
   * sent with its length, and not before it has ended. Default 0: streams are sent as they come, once.
   */
  readonly bufferBody?: number | null | undefined
}

/** The options of `redirect()`. */
export interface RedirectPluginOptions {
  /** Redirects followed in one call. Default 20, which is also the most resends core allows. */
  readonly max?: number | null | undefined
  /**
   * Headers that are not sent to another origin; replaces the default list, so that `[]` sends everything everywhere.
   * Default Authorization, Cookie, Proxy-Authorization, and the obsolete Cookie2 and WWW-Authenticate. Host is always
   * made anew.
   */
  readonly removeHeadersOnRedirect?: Iterable<string> | null | undefined
  /** Whether a redirect may lead from https to http. Default false: `InsecureTransportError`. */
  readonly allowDowngrade?: boolean | null | undefined
  /** When the redirects are used up: fail with `MaxRetryError`, or return the last 3xx. Default true: fail. */
  readonly raiseOnRedirect?: boolean | null | undefined
}

/** What `retry()` was told, with its defaults. */
export interface RetrySettings {
  readonly policy: Retry
  readonly budget: BudgetOptions | false
  readonly bufferBody: number
}

/** What `redirect()` was told, with its defaults. */
export interface RedirectSettings {
  readonly max: number
  readonly removeHeaders: ReadonlySet<string>
  readonly allowDowngrade: boolean
  readonly raiseOnRedirect: boolean
}

const DEFAULT_REMOVED: readonly string[] = [
  'authorization',
  'cookie',
  'proxy-authorization',
  'cookie2',
  'www-authenticate',
]

const pluginOptions = z.strictObject({
  ...retryShape,
  policy: z.custom<Retry>((value) => value instanceof Retry, { error: 'must be a Retry' }).nullish(),
  budget: z
    .union(
      [
        z.literal(false),
        z.strictObject({
          ratio: z.number().min(0).max(1).optional(),
          minPerSecond: z.number().min(0).optional(),
        }),
      ],
      { error: 'must be false or { ratio, minPerSecond }' },
    )
    .nullish(),
  bufferBody: z.int().min(0).nullish(),
})
const requestRetries = z.strictObject(retryShape)

/** Checks the argument of `retry()`. */
export const retrySchema: z.ZodType<RetrySettings, Retries | RetryPluginOptions | undefined> = z
  .unknown()
  .transform((value, context): RetrySettings => {
    if (isShort(value)) return settings(Retry.from(short(value, context)), {})
    const options = checked(pluginOptions, value ?? {}, context) as RetryPluginOptions
    return settings((options.policy ?? new Retry()).with(policyOptions(options)), options)
  }) as z.ZodType<RetrySettings, Retries | RetryPluginOptions | undefined>

/** Checks the request option `retries`; leaves it as it is, since what it means depends on the pool. */
export const retriesSchema: z.ZodType<Retries | null | undefined, Retries | null | undefined> = z
  .unknown()
  .transform((value, context) => {
    if (value === undefined || value === null) return value
    return isShort(value) ? short(value, context) : checked(requestRetries, value, context)
  })
  .optional() as z.ZodType<Retries | null | undefined, Retries | null | undefined>

/** Checks the argument of `redirect()`. */
export const redirectSchema: z.ZodType<RedirectSettings, RedirectPluginOptions | undefined> = z
  .strictObject({
    max: z.int().min(0).nullish(),
    removeHeadersOnRedirect: z
      .custom<Iterable<string>>(isListOfNames, { error: 'must list header names' })
      .nullish(),
    allowDowngrade: z.boolean().nullish(),
    raiseOnRedirect: z.boolean().nullish(),
  })
  .transform(withoutPrototype)
  .transform((options) => ({
    max: options.max ?? 20,
    removeHeaders: new Set(
      [...(options.removeHeadersOnRedirect ?? DEFAULT_REMOVED)].map((name) => name.toLowerCase()),
    ),
    allowDowngrade: options.allowDowngrade ?? false,
    raiseOnRedirect: options.raiseOnRedirect ?? true,
  })) as z.ZodType<RedirectSettings, RedirectPluginOptions | undefined>

/** Checks the request option `redirect`: whether, or how often, redirects are followed. */
export const followSchema: z.ZodType<
  boolean | number | null | undefined,
  boolean | number | null | undefined
> = z
  .union([z.boolean(), z.int().min(0)], { error: 'must be true, false or a number of redirects' })
  .nullish()

function settings(policy: Retry, { budget, bufferBody }: RetryPluginOptions): RetrySettings {
  return {
    policy,
    budget: budget !== false && { ratio: budget?.ratio ?? 0.2, minPerSecond: budget?.minPerSecond ?? 100 },
    bufferBody: bufferBody ?? 0,
  }
}

function policyOptions(options: RetryPluginOptions): RetryOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => RETRY_OPTION_NAMES.includes(name)))
}

function isShort(value: unknown): boolean {
  return typeof value !== 'object' || value instanceof Retry
}

function short(value: unknown, context: z.core.$RefinementCtx): Retry | number | boolean {
  if (value instanceof Retry || typeof value === 'boolean') return value
  if (value === Number.POSITIVE_INFINITY || (Number.isInteger(value) && Number(value) >= 0))
    return value as number
  context.addIssue({
    code: 'custom',
    message:
      'must be a number of retries (a whole number of at least 0, or Infinity), a boolean, options or a Retry',
    input: value,
  })
  return 0
}

function checked(schema: z.ZodObject, value: unknown, context: z.core.$RefinementCtx): object {
  const kind = Object.prototype.toString.call(value).slice(8, -1)
  // To zod a Map is an object without properties.
  if (kind !== 'Object') {
    context.addIssue({ code: 'custom', message: `must be an object, not ${kind}`, input: value })
    return {}
  }
  const result = schema.safeParse(value)
  if (result.success) return withoutPrototype(result.data)
  for (const issue of result.error.issues) context.issues.push(issue as z.core.$ZodRawIssue)
  return {}
}

// What was not given must not be found on `Object.prototype`, where a bug elsewhere may have put it.
function withoutPrototype<Options extends object>(options: Options): Options {
  return Object.assign(Object.create(null), options)
}

function isListOfNames(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !(Symbol.iterator in value)) return false
  return [...(value as Iterable<unknown>)].every((item) => typeof item === 'string' && item !== '')
}
