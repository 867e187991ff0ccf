/** The sources of a new plugin. */
import type { PluginNames } from '../plugin-names.js'
import type { Files } from './manifest.js'

/** See the file's head. */
export function source({ plugin, variable, type, header }: PluginNames): Files {
  return {
    'src/index.ts': `/** What users of the plugin import. */
export { ${variable}, type ${type}Options } from './${plugin}.js'
`,
    [`src/${plugin}.ts`]: `/**
 * The plugin: it adds one field to every request, unless the request says not to.
 *
 * That is only to have something to start from. What to keep: options are checked where the plugin is made; what it adds
 * to the options of a request is declared, so that a slip is a type error and an OptionsError; a tap names its stage; a
 * request is changed by assigning a changed copy. Only @rockpool/core/plugin is imported.
 */
import { definePlugin, stages } from '@rockpool/core/plugin'
import { z } from 'zod'

const options = z.strictObject({
  /** The value of the field. */
  value: z.string().min(1),
})

/** The options of \`${variable}()\`. */
export type ${type}Options = z.input<typeof options>

/**
 * Sends \`X-${header}\` with every request; \`${variable}: false\` at a request leaves it out.
 *
 * @throws {OptionsError} at the call: an option is unknown or not acceptable
 * @example
 * const pool = connectionFromUrl('http://localhost:8080', { plugins: [${variable}({ value: 'high' })] })
 * await pool.request('GET', '/', { ${variable}: false })
 */
export const ${variable} = definePlugin({
  name: '${plugin}',
  options,
  requestOptions: { ${variable}: z.boolean().optional() },
  apply(host, { value }) {
    host.hooks.onRequest.tap({ name: '${plugin}', stage: stages.onRequest.amend }, (context) => {
      if (context.options.${variable} === false) return
      context.request = context.request.withHeaders({ 'X-${header}': value })
    })
  },
})
`,
  }
}
