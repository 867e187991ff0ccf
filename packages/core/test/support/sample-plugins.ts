// Plugins as a third party writes them, and installing them without a pool.
import { z } from 'zod'
import { Hooks } from '../../src/hooks/hooks.js'
import { definePlugin, type Installation, installPlugins, type Plugin } from '../../src/hooks/plugin.js'
import { systemClock } from '../../src/transport/clock.js'

export const bearer = definePlugin({
  name: 'bearer',
  options: z.strictObject({ token: z.string().min(1), origins: z.array(z.url()).optional() }),
  requestOptions: { anonymous: z.boolean().optional() },
  apply: () => undefined,
})

export const named = (name: string, more: object = {}): Plugin =>
  definePlugin({ name, apply: () => undefined, ...more })() as Plugin

export function install(plugins: readonly unknown[], hooks = new Hooks()): Installation {
  return installPlugins(plugins as Plugin[], hooks, { clock: systemClock, origin: undefined })
}

export function caught(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}
