/**
 * Writes the files of a new plugin into a directory that is empty or not there yet.
 *
 * Neighbours: templates/ has the files, plugin-names.ts the names in them. Must not know: the command line.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type PluginNames, pluginNames } from './plugin-names.js'
import { manifest } from './templates/manifest.js'
import { readme } from './templates/readme.js'
import { source } from './templates/source.js'
import { tests } from './templates/tests.js'

/** What was written. */
export interface CreatedPlugin {
  readonly names: PluginNames
  /** Paths below the directory, with `/`. */
  readonly files: readonly string[]
}

/**
 * Writes a plugin that is ready to be built and tested.
 *
 * @throws {NameError} the name cannot be that of a plugin
 * @throws {Error} the directory is not empty, or cannot be written
 * @example createPlugin('tide-table', 'rockpool-plugin-tide-table')
 */
export function createPlugin(name: string, directory: string): CreatedPlugin {
  const names = pluginNames(name)
  mkdirSync(directory, { recursive: true })
  // A repository may be there already; files of the user's are never overwritten.
  const present = readdirSync(directory).filter((entry) => entry !== '.git')
  if (present.length > 0) throw new Error(`${directory} is not empty: it has ${present[0]}`)
  const files = { ...manifest(names, ownVersion()), ...source(names), ...tests(names), ...readme(names) }
  for (const [path, content] of Object.entries(files)) {
    const place = join(directory, path)
    mkdirSync(dirname(place), { recursive: true })
    writeFileSync(place, content, { flag: 'wx' })
  }
  return { names, files: Object.keys(files) }
}

/** The version of this package, which is released together with the others. */
function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  return version
}
