/**
 * What `definePlugin` is given, checked where the plugin is defined: by its author, once, and not by a user at the first
 * request.
 *
 * Rule: a key that means nothing is refused. `opptions` would be a plugin whose options nobody checks.
 */
import type { z } from 'zod'
import { OptionsError } from '../ground/errors.js'
import { nearestName } from '../ground/nearest-name.js'
import { describeThrown } from './guard.js'
import type { PluginDefinition, RequestOptionShape } from './plugin.js'

const NAME_PATTERN = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/

const KEYS: readonly string[] = [
  'name',
  'options',
  'requestOptions',
  'requires',
  'securesTransport',
  'apply',
] satisfies (keyof PluginDefinition<z.ZodType, RequestOptionShape>)[]

/** Throws an `OptionsError` whose stack begins at the caller of `within`. See the file's head. */
export function checkDefinition(
  definition: PluginDefinition<z.ZodType, RequestOptionShape>,
  within: (...args: never[]) => unknown,
): void {
  const wrong = faultOf(definition)
  if (wrong === undefined) return
  const error = new OptionsError(wrong.message, { path: wrong.path })
  Error.captureStackTrace(error, within)
  throw error
}

interface Fault {
  readonly path: string
  readonly message: string
}

function faultOf(definition: PluginDefinition<z.ZodType, RequestOptionShape>): Fault | undefined {
  if (typeof definition !== 'object' || definition === null) {
    return { path: '', message: 'definePlugin takes an object: at least a name and apply' }
  }
  const { name, options, requires, securesTransport, apply } = definition
  if (typeof name !== 'string' || !NAME_PATTERN.test(name)) {
    const message = `a plugin's name is lower-case words joined by "-", not ${JSON.stringify(name)}`
    return { path: 'name', message }
  }
  const unknown = unknownKey(definition)
  if (unknown !== undefined) return unknown
  if (typeof apply !== 'function') return { path: 'apply', message: `plugin "${name}" has no apply function` }
  if (options !== undefined && !isSchema(options)) {
    return { path: 'options', message: `the options of plugin "${name}" are not a zod schema` }
  }
  if (requires !== undefined && !isListOfNames(requires)) {
    return { path: 'requires', message: `plugin "${name}" lists what it requires as an array of names` }
  }
  if (securesTransport !== undefined && typeof securesTransport !== 'boolean') {
    const message = `plugin "${name}" says whether it secures transports with true or false`
    return { path: 'securesTransport', message }
  }
  return faultOfRequestOptions(definition)
}

function unknownKey(definition: PluginDefinition<z.ZodType, RequestOptionShape>): Fault | undefined {
  const path = Object.keys(definition).find((key) => !KEYS.includes(key))
  if (path === undefined) return undefined
  const near = nearestName(path, KEYS)
  const hint = near === undefined ? `it has ${KEYS.join(', ')}` : `did you mean "${near}"?`
  return { path, message: `the definition of plugin "${definition.name}" has no "${path}"; ${hint}` }
}

function faultOfRequestOptions(
  definition: PluginDefinition<z.ZodType, RequestOptionShape>,
): Fault | undefined {
  const { name, requestOptions } = definition
  if (requestOptions === undefined) return undefined
  if (typeof requestOptions !== 'object' || requestOptions === null || Array.isArray(requestOptions)) {
    const message = `plugin "${name}" lists its request options as an object: a zod schema per name`
    return { path: 'requestOptions', message }
  }
  for (const [option, schema] of Object.entries(requestOptions)) {
    const wrong = isSchema(schema) ? mustBePresent(schema) : 'is not a zod schema'
    if (wrong === undefined) continue
    const message = `the request option "${option}" of plugin "${name}" ${wrong}`
    return { path: `requestOptions.${option}`, message }
  }
  return undefined
}

function isListOfNames(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}

function isSchema(value: unknown): value is z.ZodType {
  return (
    typeof value === 'object' &&
    value !== null &&
    'safeParse' in value &&
    typeof value.safeParse === 'function'
  )
}

/** Why a request cannot go without the option. */
function mustBePresent(schema: z.ZodType): string | undefined {
  try {
    return schema.safeParse(undefined).success ? undefined : 'cannot be left out; make its schema optional'
  } catch (error) {
    return `cannot be checked in one turn: ${describeThrown(error)}`
  }
}
