/**
 * tapable's sharp edges, blunted here and nowhere else.
 *
 * Each was met in tapable 2.3. A promise tap that throws, or returns no promise, after an earlier asynchronous
 * one makes the hook never settle; so does a throwing `tapAsync`, and a callback called twice runs later taps
 * twice: therefore `tapAsync` is refused and promise taps are wrapped. An async function given to `tap` floats
 * its rejection, and its promise counts as a verdict: refused. `null` counts as a verdict: refused. An unknown
 * `before` moves a tap to the very front: refused. Nothing on an error says whose tap it was: every foreign
 * error is wrapped in a PluginError that does. Verdicts are checked for what their hook admits.
 */
import { PluginError } from '../ground/errors.js'

/** The name of a hook. */
export type HookName = 'beforeConnect' | 'onRequest' | 'onResponse' | 'onRelease' | 'onError' | 'onSettle'

/** Says what is wrong with a verdict, or `undefined` when the hook admits it. */
export type VerdictCheck = (verdict: unknown) => string | undefined

/** Wraps a synchronous tap. */
export function guardSync<Arguments extends readonly unknown[], Result>(
  plugin: string,
  hook: HookName,
  check: VerdictCheck,
  tap: (...args: Arguments) => Result,
): (...args: Arguments) => Result {
  return (...args) => {
    let verdict: Result
    try {
      verdict = tap(...args)
    } catch (error) {
      throw pluginError(plugin, hook, error)
    }
    if (verdict !== undefined) {
      if (isThenable(verdict)) {
        // Its rejection has been heard here; the promise itself is not waited for.
        Promise.resolve(verdict).catch(() => undefined)
        throw misuse(plugin, hook, 'returned a promise; register it with tapPromise')
      }
      refuseVerdict(plugin, hook, check, verdict)
    }
    return verdict
  }
}

/** Wraps an asynchronous tap: always gives a promise, whatever the tap does. */
export function guardPromise<Arguments extends readonly unknown[], Result>(
  plugin: string,
  hook: HookName,
  check: VerdictCheck,
  tap: (...args: Arguments) => Promise<Result>,
): (...args: Arguments) => Promise<Result> {
  return async (...args) => {
    let verdict: Result
    try {
      const promise: unknown = tap(...args)
      if (!isThenable(promise)) throw misuse(plugin, hook, 'returned no promise; register it with tap')
      verdict = (await promise) as Result
    } catch (error) {
      throw pluginError(plugin, hook, error)
    }
    if (verdict !== undefined) refuseVerdict(plugin, hook, check, verdict)
    return verdict
  }
}

/** The error that names the culprit; one that already does passes through. */
export function pluginError(plugin: string, hook: HookName, cause: unknown): PluginError {
  if (cause instanceof PluginError) return cause
  const message = cause instanceof Error ? cause.message : String(cause)
  return new PluginError(`plugin "${plugin}" failed in ${hook}: ${message}`, { plugin, hook, cause })
}

function misuse(plugin: string, hook: HookName, what: string): PluginError {
  return new PluginError(`plugin "${plugin}" in ${hook} ${what}`, { plugin, hook })
}

function refuseVerdict(plugin: string, hook: HookName, check: VerdictCheck, verdict: unknown): void {
  const wrong = verdict === null ? 'returned null; return undefined to say nothing' : check(verdict)
  if (wrong !== undefined) throw misuse(plugin, hook, wrong)
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
