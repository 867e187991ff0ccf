/**
 * `create-rockpool-plugin` as a function, for programs that make plugins; `npm create rockpool-plugin` is main.ts.
 */
export { type CreatedPlugin, createPlugin } from './create-plugin.js'
export { NameError, type PluginNames, pluginNames } from './plugin-names.js'
