/**
 * tapable's sharp edges, blunted here and nowhere else.
 *
 * Each was met in tapable 2.3. A promise tap that throws, or returns no promise, after an earlier asynchronous
 * one makes the hook never settle; so does a throwing `tapAsync`, and a callback called twice runs later taps
 * twice: therefore `tapAsync` is refused and promise taps are wrapped. An async function given to `tap` floats
 * its rejection, and its promise counts as a verdict: refused. `null` counts as a verdict: refused. An unknown
 * `before` moves a tap to the very front: refused. `throw undefined` counts as success, and nothing on an error
 * says whose tap it was: whatever is thrown is wrapped in a PluginError that does. Verdicts are checked for what
 * their hook admits; see verdict-checks.ts.
 */
import { PluginError } from '../ground/errors.js'
import { claimBody, claimRequestBody } from './claim-body.js'
import type { HookName, VerdictCheck } from './verdict-checks.js'

/** How a synchronous tap is made safe. */
export type SyncWrapper<Arguments extends readonly unknown[], Verdict> = (
  plugin: string,
  hook: HookName,
  check: VerdictCheck,
  tap: (...args: Arguments) => Verdict,
) => (...args: Arguments) => Verdict

/** Wraps a synchronous tap: it returns an admitted verdict, or throws a PluginError that names it. */
export function guardSync<Arguments extends readonly unknown[], Verdict>(
  plugin: string,
  hook: HookName,
  check: VerdictCheck,
  tap: (...args: Arguments) => Verdict,
): (...args: Arguments) => Verdict {
  const { answers, replaces, wraps } = makerOf(hook)
  return (...args) => {
    let verdict: Verdict
    let promised: boolean
    try {
      verdict = tap(...args)
      promised = isThenable(verdict)
    } catch (cause) {
      throw pluginError(plugin, hook, cause)
    }
    if (promised) {
      // Its rejection has been heard here; the promise itself is not waited for.
      Promise.resolve(verdict).catch(ignore)
      const instead = SYNCHRONOUS.has(hook) ? 'nobody waits for it here' : 'register it with tapPromise'
      throw misuse(plugin, hook, `returned a promise; ${instead}`)
    }
    const wrong = check(verdict)
    if (wrong !== undefined) throw misuse(plugin, hook, wrong)
    if (verdict === undefined ? replaces : answers) claimBody(plugin, hook, args[0], verdict, pluginError)
    else if (wraps) claimRequestBody(plugin, hook, args[0], pluginError)
    return verdict
  }
}

/** Wraps an asynchronous tap: always gives a promise, whatever the tap does. */
export function guardPromise<Arguments extends readonly unknown[], Verdict>(
  plugin: string,
  hook: HookName,
  check: VerdictCheck,
  tap: (...args: Arguments) => Promise<Verdict>,
): (...args: Arguments) => Promise<Verdict> {
  const { answers, replaces, wraps } = makerOf(hook)
  return async (...args) => {
    let verdict: Verdict | undefined
    let promised: boolean
    try {
      const promise: unknown = tap(...args)
      promised = isThenable(promise)
      if (promised) verdict = (await promise) as Verdict
    } catch (cause) {
      throw pluginError(plugin, hook, cause)
    }
    if (!promised) throw misuse(plugin, hook, 'returned no promise; register it with tap')
    const wrong = check(verdict)
    if (wrong !== undefined) throw misuse(plugin, hook, wrong)
    if (verdict === undefined ? replaces : answers) claimBody(plugin, hook, args[0], verdict, pluginError)
    else if (wraps) claimRequestBody(plugin, hook, args[0], pluginError)
    return verdict as Verdict
  }
}

/**
 * Wraps taps that must not stop each other: a throw is reported as a process warning with the code
 * `ROCKPOOL_PLUGIN`, and `onThrow` told.
 */
export function isolateSync<Arguments extends readonly unknown[], Verdict>(
  onThrow: () => void,
): SyncWrapper<Arguments, Verdict | undefined> {
  return (plugin, hook, check, tap) => {
    const guarded = guardSync(plugin, hook, check, tap)
    return (...args) => {
      try {
        return guarded(...args)
      } catch (failure) {
        warnOfPlugin(failure as PluginError)
        onThrow()
        return undefined
      }
    }
  }
}

/** Both failures in one: the plugin's, and the one that it was asked about. */
export function doubleFault(fault: PluginError, failure: unknown): PluginError {
  const causes = [fault.cause ?? fault, failure]
  const cause = new AggregateError(causes, 'a plugin failed while it handled a failure')
  return new PluginError(fault.message, { plugin: fault.plugin, hook: fault.hook, cause })
}

/** Reports a failure of a plugin that no caller can be told of. */
export function warnOfPlugin(failure: PluginError): void {
  process.emitWarning(failure.message, {
    code: 'ROCKPOOL_PLUGIN',
    type: 'RockpoolWarning',
    detail: failure.stack ?? '',
  })
}

/** What was thrown, in words; never fails, whatever it was. */
export function describeThrown(thrown: unknown): string {
  try {
    return thrown instanceof Error ? thrown.message : String(thrown)
  } catch {
    return `a thrown ${typeof thrown} that cannot be shown`
  }
}

/** Whether `await` would wait for it. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (value === undefined || value === null) return false
  if (typeof value !== 'object' && typeof value !== 'function') return false
  return 'then' in value && typeof value.then === 'function'
}

/**
 * Names the culprit. A PluginError is wrapped too: the tap may have met it in a request of its own, where another
 * plugin failed.
 */
function pluginError(plugin: string, hook: HookName, cause: unknown): PluginError {
  return new PluginError(`plugin "${plugin}" failed in ${hook}: ${describeThrown(cause)}`, {
    plugin,
    hook,
    cause,
  })
}

function misuse(plugin: string, hook: HookName, what: string): PluginError {
  return new PluginError(`plugin "${plugin}" in ${hook} ${what}`, { plugin, hook })
}

const SYNCHRONOUS: ReadonlySet<HookName> = new Set<HookName>(['onRelease', 'onSettle'])

/** Whether a tap of this hook may answer with a body of its own, put one into the context instead, or wrap that of the request. */
function makerOf(hook: HookName): { answers: boolean; replaces: boolean; wraps: boolean } {
  const replaces = hook === 'onResponse'
  const wraps = hook === 'onRequest'
  return { answers: replaces || wraps || hook === 'onError', replaces, wraps }
}

function ignore(): void {}
