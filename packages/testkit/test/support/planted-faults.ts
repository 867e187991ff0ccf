// Runs the checks of the conformance suite one by one against a plugin that is wrong on purpose.
import { definePlugin, type Plugin, type PluginHost } from '@rockpool/core/plugin'
import { type AnyPluginFactory, type ConformanceOptions, describePlugin } from '../../src/index.js'

/** Runs one check of the suite; resolves with its failure, or with nothing. */
export type Check = (name: string) => Promise<unknown>

/** The suite's checks of a plugin, to be run one by one; each resolves with its failure, or with nothing. */
export function checksOf(
  apply: (host: PluginHost) => (() => void) | undefined,
  more: ConformanceOptions = {},
): Check {
  return checksOfPlugin(definePlugin({ name: 'faulty', apply }), more)
}

/** The same for a whole plugin. */
export function checksOfPlugin(factory: () => Plugin, more: ConformanceOptions = {}): Check {
  const runs = new Map<string, () => Promise<void>>()
  const collect = (name: string, run: () => Promise<void>): void => void runs.set(name, run)
  describePlugin(factory as AnyPluginFactory, {
    describe: (_name, body) => body(),
    it: collect,
    turns: 3_000,
    ...more,
  })
  return (name) => {
    const run = runs.get(name)
    if (run === undefined) throw new Error(`no check is named "${name}"`)
    return run().then(
      () => undefined,
      (error: unknown) => error,
    )
  }
}
