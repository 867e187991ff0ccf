/**
 * Options in, checked options out, or an OptionsError that helps: it names the option, its path, the package that
 * would accept it, or the option that was probably meant.
 */
import type { z } from 'zod'
import { OptionsError } from '../ground/errors.js'
import { nearestName } from '../ground/nearest-name.js'
import { BareObject, optionsError, ownProperties } from '../hooks/check-options.js'

/** Options that a plugin of ours would accept, by name. */
const ACCEPTED_BY: Readonly<Record<string, string>> = {
  retries: '@rockpool/plugin-retry',
  redirect: '@rockpool/plugin-retry',
  total: '@rockpool/plugin-retry',
  connect: '@rockpool/plugin-retry',
  read: '@rockpool/plugin-retry',
  status: '@rockpool/plugin-retry',
  other: '@rockpool/plugin-retry',
  allowedMethods: '@rockpool/plugin-retry',
  statusForcelist: '@rockpool/plugin-retry',
  backoffFactor: '@rockpool/plugin-retry',
  backoffMax: '@rockpool/plugin-retry',
  backoffJitter: '@rockpool/plugin-retry',
  respectRetryAfterHeader: '@rockpool/plugin-retry',
  retryAfterMax: '@rockpool/plugin-retry',
  raiseOnStatus: '@rockpool/plugin-retry',
  budget: '@rockpool/plugin-retry',
  bufferBody: '@rockpool/plugin-retry',
  policy: '@rockpool/plugin-retry',
  max: '@rockpool/plugin-retry',
  removeHeadersOnRedirect: '@rockpool/plugin-retry',
  allowDowngrade: '@rockpool/plugin-retry',
  raiseOnRedirect: '@rockpool/plugin-retry',
  proxy: '@rockpool/plugin-proxy',
  useForwardingForHttps: '@rockpool/plugin-proxy',
  noProxy: '@rockpool/plugin-proxy',
  certReqs: '@rockpool/plugin-tls',
  caCerts: '@rockpool/plugin-tls',
  caCertDir: '@rockpool/plugin-tls',
  caCertData: '@rockpool/plugin-tls',
  certFile: '@rockpool/plugin-tls',
  certData: '@rockpool/plugin-tls',
  keyFile: '@rockpool/plugin-tls',
  keyData: '@rockpool/plugin-tls',
  keyPassword: '@rockpool/plugin-tls',
  sslVersion: '@rockpool/plugin-tls',
  sslMinimumVersion: '@rockpool/plugin-tls',
  sslMaximumVersion: '@rockpool/plugin-tls',
  serverHostname: '@rockpool/plugin-tls',
  assertHostname: '@rockpool/plugin-tls',
  assertFingerprint: '@rockpool/plugin-tls',
  pins: '@rockpool/plugin-tls',
  ciphers: '@rockpool/plugin-tls',
  sessionCache: '@rockpool/plugin-tls',
  secureContext: '@rockpool/plugin-tls',
}

/** What belongs into `timeout` and is at home in a plugin as well, where it counts retries. */
const TIMEOUT_PARTS: ReadonlySet<string> = new Set(['connect', 'read', 'total'])

const NOTHING: object = Object.freeze(Object.create(null) as object)

/**
 * Refuses what is no set of options: `null`, a number, a list, and also a Map or Headers, whose entries nobody would read.
 */
export function requireOptionsObject(input: unknown, subject: string): asserts input is object {
  if (typeof input === 'object' && input !== null) {
    const prototype: unknown = Object.getPrototypeOf(input)
    if (prototype === Object.prototype || prototype === null) return
  }
  const kind = input === null ? 'null' : Object.prototype.toString.call(input).slice(8, -1)
  if (kind !== 'Object')
    throw new OptionsError(`${subject} options must be an object, not ${kind}`, { path: '' })
}

/** Checks `input` against a strict object schema. */
export function parseOptions<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  input: unknown,
  subject: string,
): z.output<z.ZodObject<Shape>> {
  if (input !== undefined) requireOptionsObject(input, subject)
  const result = schema.safeParse(input === undefined ? NOTHING : ownProperties(input))
  // Without a prototype, so that reading an option that was not given never finds one of `Object.prototype`.
  if (result.success) return Object.assign(new BareObject(), result.data)
  for (const issue of result.error.issues) {
    if (issue.code === 'unrecognized_keys' && issue.path.length === 0) {
      throw unknownOption(issue.keys, Object.keys(schema.shape), subject, result.error)
    }
  }
  throw optionsError(result.error, `${subject} options`)
}

function unknownOption(
  keys: readonly string[],
  known: readonly string[],
  subject: string,
  cause: unknown,
): OptionsError {
  const name = keys[0] ?? ''
  const accepting = Object.hasOwn(ACCEPTED_BY, name) ? ACCEPTED_BY[name] : undefined
  const similar = nearestName(name, known)
  const timeout = TIMEOUT_PARTS.has(name) ? `; a time-out goes into "timeout: { ${name} }"` : ''
  const hint =
    accepting !== undefined
      ? `; ${accepting} accepts it: install that plugin${timeout}`
      : similar !== undefined
        ? `; did you mean "${similar}"?`
        : ''
  const issues = keys.map((key) => ({ path: key, message: `unknown option "${key}"` }))
  return new OptionsError(`unknown ${subject} option "${name}"${hint}`, { path: name, issues, cause })
}
