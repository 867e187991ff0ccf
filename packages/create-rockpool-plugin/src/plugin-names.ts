/**
 * From the name that the user chose to the forms it takes: package, plugin, variable, type, header.
 *
 * Rule: what `definePlugin` would refuse is refused here, before a file is written.
 */

/** One name in all its forms. */
export interface PluginNames {
  /** `rockpool-plugin-tide-table` */
  readonly package: string
  /** `tide-table`: the plugin's name, and that of its file. */
  readonly plugin: string
  /** `tideTable`: the factory, and the request option. */
  readonly variable: string
  /** `TideTable`: begins the names of types. */
  readonly type: string
  /** `Tide-Table`: ends the name of the header that the plugin sends to begin with. */
  readonly header: string
}

/** The name cannot be that of a plugin. */
export class NameError extends Error {
  override readonly name = 'NameError'
}

const PREFIX = 'rockpool-plugin-'
const PLUGIN = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/
/** The longest name of a package that npm takes is 214. */
const LONGEST = 100
/** They are plugins of Rockpool's own, or words that a variable cannot be named. */
const TAKEN = new Set(
  `tls retry redirect proxy break case catch class const continue debugger default delete do else enum export extends false
   finally for function if implements import in instanceof interface let new null package private protected public return
   static super switch this throw true try typeof var void while with yield await async options stages z`.split(
    /\s+/,
  ),
)

/**
 * Reads a name, with or without `rockpool-plugin-` in front.
 *
 * @throws {NameError} it is not made of lower-case words joined by `-`, or it is taken
 * @example pluginNames('tide-table').variable // 'tideTable'
 */
export function pluginNames(written: string): PluginNames {
  const plugin = written.startsWith(PREFIX) ? written.slice(PREFIX.length) : written
  if (!PLUGIN.test(plugin) || plugin.length > LONGEST) {
    throw new NameError(
      `"${written}" cannot be a plugin's name: lower-case words joined by "-", such as tide-table`,
    )
  }
  if (TAKEN.has(plugin)) throw new NameError(`"${plugin}" is taken; choose another name`)
  const words = plugin.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1))
  const type = words.join('')
  return {
    package: PREFIX + plugin,
    plugin,
    variable: type.charAt(0).toLowerCase() + type.slice(1),
    type,
    header: words.join('-'),
  }
}
