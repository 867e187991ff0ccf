/**
 * What the author of a plugin tells the conformance suite, and what the suite makes of it.
 *
 * Must not know: a check. No test runner is imported: `describe` and `it` are passed, or found among the globals.
 */
import type { Plugin, RequestOptionsOf } from '@rockpool/core/plugin'
import type { ScriptedServer } from '../server/scripted-server.js'

/** A plugin's factory, as `definePlugin` makes it. */
export type AnyPluginFactory = (options: never) => Plugin

/** `it`, and what else the suite may ask of it; vitest's, jest's and node:test's all fit. */
export interface ItFunction {
  (name: string, run: () => Promise<void>): unknown
  /** Used for the checks named in `skip`, so that a report shows them. */
  skip?: (name: string, run: () => Promise<void>) => unknown
}

/** `describe` of vitest, jest or node:test. */
export type DescribeFunction = (name: string, body: () => void) => unknown

/** What a factory is called with; anything, when its type does not say. */
export type FactoryOptionsOf<Factory extends AnyPluginFactory> = [Parameters<Factory>[0]] extends [never]
  ? unknown
  : Parameters<Factory>[0]

/** See `describePlugin`. */
export interface ConformanceOptions<Factory extends AnyPluginFactory = AnyPluginFactory> {
  /** Title of the group of tests. Default: the plugin's name. */
  readonly name?: string
  /** Makes the plugin, a new one for each check. Default: the factory, called with `validOptions`. */
  readonly make?: () => Plugin
  /** What the factory is called with when there is no `make`. Default: nothing. */
  readonly validOptions?: FactoryOptionsOf<Factory>
  /** Options that the factory must refuse, each with the `path` of its `OptionsError`. */
  readonly invalidOptions?: readonly (readonly [options: unknown, path: string])[]
  /** Makes the plugins that must be installed beside it, for each pool anew. Default none. */
  readonly companions?: () => readonly Plugin[]
  /**
   * Request options of the plugin with valid values, sent with each request of the suite. Of the type that the plugin
   * gives them: a plugin whose type does not widen the options of a request does not compile here.
   */
  readonly requestOptions?: RequestOptionsOf<ReturnType<Factory>>
  /** What becomes of the body `text` on its way through the plugin. Default: it stays as it is. */
  readonly expectedBody?: (text: string) => string
  /** Texts that no error and no `inspect()` may show: the passwords and tokens in the options. */
  readonly secrets?: readonly string[]
  /** Called for each server that a check starts; what it returns is called in the end. */
  readonly prepare?: (server: ScriptedServer) => undefined | (() => void | Promise<void>)
  /** Names of checks that do not apply, which are reported as skipped. A name that is not a check is an error. */
  readonly skip?: readonly string[]
  /** Turns of the event loop after which a call that has not ended never will. Default 100 000. */
  readonly turns?: number
  /** Default: the global of that name. */
  readonly describe?: DescribeFunction
  /** Default: the global of that name. */
  readonly it?: ItFunction
}

/** The options with their defaults. */
export interface Settings {
  readonly factory: AnyPluginFactory | undefined
  readonly make: () => Plugin
  readonly validOptions: unknown
  readonly invalidOptions: readonly (readonly [options: unknown, path: string])[]
  readonly companions: () => readonly Plugin[]
  readonly requestOptions: Readonly<Record<string, unknown>>
  readonly expectedBody: (text: string) => string
  readonly secrets: readonly string[]
  readonly prepare: (server: ScriptedServer) => undefined | (() => void | Promise<void>)
  readonly turns: number
}

/** A call takes some hundred turns at most; a hundred thousand are about a second. */
const MOST_TURNS_OF_A_CALL = 100_000

/** Fills in the defaults. */
export function settingsOf(factory: AnyPluginFactory | undefined, options: ConformanceOptions): Settings {
  const make = options.make ?? (() => made(factory, options.validOptions))
  return {
    factory,
    make,
    validOptions: options.validOptions,
    invalidOptions: options.invalidOptions ?? [],
    companions: options.companions ?? (() => []),
    requestOptions: options.requestOptions ?? {},
    expectedBody: options.expectedBody ?? ((text) => text),
    secrets: options.secrets ?? [],
    prepare: options.prepare ?? (() => undefined),
    turns: options.turns ?? MOST_TURNS_OF_A_CALL,
  }
}

function made(factory: AnyPluginFactory | undefined, validOptions: unknown): Plugin {
  if (factory === undefined) throw new TypeError('describePlugin needs a factory or `make`')
  return factory(validOptions as never)
}
