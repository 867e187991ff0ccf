/**
 * Who takes which option of a pool, and under which name.
 *
 * Rule: every option of core and of each plugin stands here exactly once. The compiler refuses a table that lacks one or
 * has one too many; that no name is another's as well, a test sees to. Three options are not here, because they stand for
 * others: `retries`, `redirect` and `proxy`.
 */
import type { ManagerOptions as CoreOptions } from '@rockpool/core'
import { type TlsOptions, tlsOptionNames } from '@rockpool/plugin-tls'
import type { FlatOptions } from './options.js'

/** Whose option it is. */
export type Part = 'core' | 'tls' | 'retry' | 'redirect' | 'proxy'

/** Where an option goes. */
export interface Place {
  readonly part: Part
  /** Its name there. */
  readonly name: string
}

/** The options that stand for others; compose-options.ts reads them. */
export const COMPOUND_NAMES = ['retries', 'redirect', 'proxy'] as const

type Named<Options> = { readonly [Name in keyof Required<Options>]: string }
type Compound = (typeof COMPOUND_NAMES)[number]

const CORE: Named<CoreOptions> = {
  plugins: 'plugins',
  maxSize: 'maxSize',
  block: 'block',
  poolTimeout: 'poolTimeout',
  maxQueue: 'maxQueue',
  timeout: 'timeout',
  keepAliveTimeout: 'keepAliveTimeout',
  maxLifetime: 'maxLifetime',
  maxRequestsPerConnection: 'maxRequestsPerConnection',
  headers: 'headers',
  limits: 'limits',
  localAddress: 'localAddress',
  socketPath: 'socketPath',
  lookup: 'lookup',
  noDelay: 'noDelay',
  keepAliveProbe: 'keepAliveProbe',
  clock: 'clock',
  numPools: 'numPools',
}

const TLS: Readonly<Record<string, string>> = Object.fromEntries(tlsOptionNames.map((name) => [name, name]))

const OTHERS: {
  readonly [Name in Exclude<keyof FlatOptions, keyof TlsOptions | Compound>]-?: readonly [Part, string]
} = {
  policy: ['retry', 'policy'],
  total: ['retry', 'total'],
  connect: ['retry', 'connect'],
  read: ['retry', 'read'],
  status: ['retry', 'status'],
  other: ['retry', 'other'],
  allowedMethods: ['retry', 'allowedMethods'],
  statusForcelist: ['retry', 'statusForcelist'],
  backoffFactor: ['retry', 'backoffFactor'],
  backoffMax: ['retry', 'backoffMax'],
  backoffJitter: ['retry', 'backoffJitter'],
  random: ['retry', 'random'],
  respectRetryAfterHeader: ['retry', 'respectRetryAfterHeader'],
  retryAfterMax: ['retry', 'retryAfterMax'],
  raiseOnStatus: ['retry', 'raiseOnStatus'],
  // Both plugins have it. In the policy a request can say otherwise.
  raiseOnRedirect: ['retry', 'raiseOnRedirect'],
  budget: ['retry', 'budget'],
  bufferBody: ['retry', 'bufferBody'],
  max: ['redirect', 'max'],
  removeHeadersOnRedirect: ['redirect', 'removeHeadersOnRedirect'],
  allowDowngrade: ['redirect', 'allowDowngrade'],
  proxyHeaders: ['proxy', 'headers'],
  proxyAuth: ['proxy', 'auth'],
  useForwardingForHttps: ['proxy', 'useForwardingForHttps'],
  noProxy: ['proxy', 'noProxy'],
  proxyTls: ['proxy', 'tls'],
}

/** Every option and its place, one list after the other: a name in two of them is a mistake here. */
export const PLACES: readonly (readonly [name: string, place: Place])[] = [
  ...Object.entries(CORE).map(([name, own]) => [name, { part: 'core', name: own }] as const),
  ...Object.entries(TLS).map(([name, own]) => [name, { part: 'tls', name: own }] as const),
  ...Object.entries(OTHERS).map(([name, [part, own]]) => [name, { part, name: own }] as const),
]

const byName: ReadonlyMap<string, Place> = new Map(PLACES)

/** Whose option it is; `undefined` when nobody's. */
export function placeOf(name: string): Place | undefined {
  return byName.get(name)
}

/** Every option there is, for "did you mean". `numPools` is a manager's. */
export function knownNames(subject: 'pool' | 'manager'): string[] {
  return [...byName.keys(), ...COMPOUND_NAMES].filter((name) => subject === 'manager' || name !== 'numPools')
}
