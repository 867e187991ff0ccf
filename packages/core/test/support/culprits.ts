// Plugins made for a test: one that does whatever it is told, and one that counts how calls end.
import { definePlugin, type Plugin, type PluginHost } from '../../src/plugin.js'

export const boom = new Error('boom')
export type Apply = (host: PluginHost) => void

export function culprit(apply: Apply): Plugin {
  return definePlugin({ name: 'culprit', apply })()
}

/** Counts how often each call settles, and as what. */
export function settleCounter(): { plugin: Plugin; settled: string[] } {
  const settled: string[] = []
  const plugin = definePlugin({
    name: 'counter',
    apply: (host) => host.hooks.onSettle.tap('counter', (exchange) => void settled.push(exchange.outcome)),
  })()
  return { plugin, settled }
}
