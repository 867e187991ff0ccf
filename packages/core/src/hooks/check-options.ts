/**
 * From what a caller passed to a checked value, by a zod schema, with our error when it does not fit.
 *
 * Options are read as own properties only, and what comes out has no prototype either: something that a bug elsewhere
 * put on `Object.prototype` is no option, neither while checking nor when an option that was left out is read.
 */
import { z } from 'zod'
import { HTTPError, OptionsError } from '../ground/errors.js'
import type { OptionIssue } from '../ground/usage-errors.js'
import { describeThrown } from './guard.js'

/**
 * An object that inherits nothing: reading an option that was not given never finds one that a bug elsewhere put
 * on `Object.prototype`. Made by a constructor, because V8 keeps such objects in its fast form and those of
 * `Object.create(null)` not: fourteen look-ups cost 15 ns instead of 230.
 */
export const BareObject: new () => object = Bare as unknown as new () => object

function Bare(this: object): void {}
Bare.prototype = Object.create(null)

/** A copy without a prototype, own enumerable properties only. Anything but a plain object comes back as it is. */
export function ownProperties(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return value
  return Object.assign(new BareObject(), value)
}

/** As `ownProperties`, for what must be a set of options: a Map or Headers, whose entries nobody would read, is refused. */
export function ownOptions(value: unknown, context: z.core.$RefinementCtx): unknown {
  const message = notOptions(value)
  if (message === undefined) return ownProperties(value)
  context.addIssue({ code: 'custom', message, input: value })
  return z.NEVER
}

/** Why an object is no set of options. What is no object at all, a schema says in its own words. */
function notOptions(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const kind = Object.prototype.toString.call(value).slice(8, -1)
  return kind === 'Object' || kind === 'Array' ? undefined : `must be an object, not ${kind}`
}

/** Whether a schema reads the properties of an object, whatever it makes of them. To zod a Map is an object without any. */
function readsProperties(schema: unknown): boolean {
  if (schema instanceof z.ZodPipe)
    return readsProperties(schema.in instanceof z.ZodTransform ? schema.out : schema.in)
  return schema instanceof z.ZodObject
}

/** Checks the argument of a plugin's factory. The error's stack starts at the factory's caller. */
export function checkedInput<Schema extends z.ZodType>(
  schema: Schema | undefined,
  input: unknown,
  plugin: string,
  factory: (...args: never[]) => unknown,
): z.output<Schema> {
  if (schema === undefined) {
    if (input === undefined) return undefined as z.output<Schema>
    throw traced(new OptionsError(`${plugin}() takes no options`, { path: plugin }), factory)
  }
  const problem = readsProperties(schema) ? notOptions(input) : undefined
  if (problem !== undefined) throw traced(new OptionsError(`${plugin}(): ${problem}`, { path: '' }), factory)
  let result = outcomeOf(schema, ownProperties(input), `${plugin}()`, factory)
  // `tls()` means `tls({})`, unless the schema gives nothing a meaning of its own.
  if (!result.success && input === undefined) {
    result = outcomeOf(schema, ownProperties({}), `${plugin}()`, factory)
  }
  if (result.success) return ownProperties(result.data) as z.output<Schema>
  throw traced(optionsError(result.error, `${plugin}()`), factory)
}

/**
 * What a plugin's schema says about a value. A schema that throws, or that cannot answer in the same turn, is told as an
 * `OptionsError` too: whoever wrote the value cannot know whose fault it is, only where it happened. An error of ours that a
 * schema throws is what its author wants to say.
 */
export function outcomeOf<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  subject: string,
  within: (...args: never[]) => unknown,
): z.ZodSafeParseResult<z.output<Schema>> {
  try {
    return schema.safeParse(value)
  } catch (cause) {
    if (cause instanceof HTTPError) throw cause
    const message = `${subject} cannot be checked; its schema failed: ${describeThrown(cause)}`
    throw traced(new OptionsError(message, { path: '', cause }), within)
  }
}

/** Our error for what zod found, naming the first offending path. */
export function optionsError(error: z.ZodError, subject: string): OptionsError {
  const issues = error.issues.flatMap(told)
  const first = issues[0] ?? { path: '', message: 'not acceptable' }
  const others = issues.length > 1 ? ` (and ${issues.length - 1} more)` : ''
  const at = first.path === '' ? subject : `${subject}: option ${first.path}`
  return new OptionsError(`${at}: ${first.message}${others}`, { path: first.path, issues, cause: error })
}

/** An issue as we tell it. Of a union: what is wrong in the one branch that fits the kind of value, or all that would do. */
function told(issue: z.core.$ZodIssue): OptionIssue[] {
  const { message, path } = issue
  if (issue.code === 'unrecognized_keys') return [{ path: [...path, issue.keys[0]].join('.'), message }]
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [{ path: path.join('.'), message }]
  const fits = (each: z.core.$ZodIssue): boolean => each.path.length > 0 || each.code === 'unrecognized_keys'
  const branch = issue.errors.find((each) => each.length > 0 && each.every(fits))
  if (branch !== undefined) {
    return branch.flatMap((each) => told({ ...each, path: [...path, ...each.path] }))
  }
  const messages = new Set(issue.errors.flat().map((each) => each.message))
  return [{ path: path.join('.'), message: [...messages].join('; or: ') }]
}

function traced(error: OptionsError, factory: (...args: never[]) => unknown): OptionsError {
  Error.captureStackTrace(error, factory)
  return error
}
