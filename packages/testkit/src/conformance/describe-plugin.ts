/**
 * The conformance suite: what every plugin must keep, so that any two work together and none can leak.
 *
 * It needs no test runner of its own: `describe` and `it` are passed, or taken from the globals. The checks are in
 * the files beside this one; each runs on a bench of its own (bench.ts).
 */
import { Bench } from './bench.js'
import type { Check } from './check.js'
import { companyChecks } from './company-checks.js'
import { exchangeChecks } from './exchange-checks.js'
import { failureChecks } from './failure-checks.js'
import { givingUpChecks } from './giving-up-checks.js'
import { optionChecks } from './option-checks.js'
import {
  type AnyPluginFactory,
  type ConformanceOptions,
  type DescribeFunction,
  type ItFunction,
  type Settings,
  settingsOf,
} from './settings.js'

const ALL: readonly Check[] = [
  ...exchangeChecks,
  ...givingUpChecks,
  ...failureChecks,
  ...companyChecks,
  ...optionChecks,
]

/** The names of all checks, in their order: what `skip` may name. */
export const conformanceChecks: readonly string[] = Object.freeze(ALL.map(({ name }) => name))

/**
 * Declares a group of tests, one for each promise that a plugin makes by being one.
 *
 * @param factory what `definePlugin` returned; `undefined` when there is only `make`, then no option is checked
 * @throws {TypeError} no `describe` or `it` is passed or global, `skip` names what is not a check, or neither a
 *   factory nor `make` is given
 * @example
 * ```ts
 * import { describe, it } from 'node:test'
 *
 * describePlugin(bearer, {
 *   describe,
 *   it,
 *   validOptions: { token: 'abc' },
 *   invalidOptions: [[{ token: '' }, 'token']],
 *   requestOptions: { anonymous: false },
 *   secrets: ['abc'],
 * })
 * ```
 */
export function describePlugin<Factory extends AnyPluginFactory>(
  factory: Factory | undefined,
  options: ConformanceOptions<Factory> = {},
): void {
  const settings = settingsOf(factory, options as ConformanceOptions)
  const describe = options.describe ?? globalNamed<DescribeFunction>('describe')
  const it = options.it ?? globalNamed<ItFunction>('it')
  const skipped = new Set(options.skip)
  for (const name of skipped) {
    if (!conformanceChecks.includes(name)) throw new TypeError(`"${name}" is not a conformance check`)
  }
  describe(options.name ?? `plugin "${settings.make().name}"`, () => {
    for (const check of ALL) {
      const run = (): Promise<void> => runCheck(check, settings)
      if (skipped.has(check.name)) it.skip?.(check.name, run)
      else if (check.applies?.(settings) ?? true) it(check.name, run)
    }
  })
}

async function runCheck(check: Check, settings: Settings): Promise<void> {
  const bench = new Bench(settings)
  try {
    await check.run(bench)
    await bench.finish()
  } finally {
    await bench.abandon()
  }
}

function globalNamed<T>(name: string): T {
  const found: unknown = (globalThis as Record<string, unknown>)[name]
  if (typeof found !== 'function') {
    throw new TypeError(`describePlugin found no global "${name}": pass the one of your test runner`)
  }
  return found as T
}
