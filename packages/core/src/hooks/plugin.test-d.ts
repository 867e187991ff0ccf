import { expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { definePlugin, type Plugin, type PluginRequestOptions } from './plugin.js'

const bearer = definePlugin({
  name: 'bearer',
  options: z.strictObject({ token: z.string(), limit: z.coerce.number().default(3) }),
  requestOptions: { anonymous: z.boolean().optional(), scope: z.string().default('all') },
  apply(host, options) {
    expectTypeOf(options).toEqualTypeOf<{ token: string; limit: number }>()
    host.hooks.onRequest.tap('bearer', () => {})
  },
})
const relaxed = definePlugin({
  name: 'relaxed',
  options: z.strictObject({ max: z.number().optional() }),
  requestOptions: { redirect: z.union([z.boolean(), z.number()]).optional() },
  apply: () => async () => {},
})
const plain = definePlugin({ name: 'plain', apply: () => {} })

it("a factory's argument is the input of its schema", () => {
  bearer({ token: 'x' })
  bearer({ token: 'x', limit: '5' })
  // @ts-expect-error the token is needed
  bearer({})
  // @ts-expect-error something is needed
  bearer()
  // @ts-expect-error of another type
  bearer({ token: 5 })
  // @ts-expect-error a typo
  bearer({ token: 'x', limt: 5 })
})

it("a factory's argument may be left out when nothing in it is needed", () => {
  relaxed()
  relaxed({})
  relaxed({ max: 5 })
  plain()
  // @ts-expect-error of another type
  relaxed({ max: '5' })
  // @ts-expect-error it takes none
  plain({})
})

it('plugins widen the options of every request', () => {
  const plugins = [bearer({ token: 'x' }), relaxed(), plain()] as const
  type Options = PluginRequestOptions<typeof plugins>
  const options: Options = { anonymous: true, scope: 'some', redirect: 3 }
  expectTypeOf(options.anonymous).toEqualTypeOf<boolean | undefined>()
  const none: Options = {}
  // @ts-expect-error a typo
  const typo: Options = { anonymus: true }
  // @ts-expect-error of another type
  const wrong: Options = { redirect: 'yes' }
  // @ts-expect-error of a plugin that is not there
  const other: Options = { retries: 3 }
  void [none, typo, wrong, other]
})

it('no plugins widen nothing', () => {
  // @ts-expect-error nobody declared it
  const options: PluginRequestOptions<readonly []> & { readonly known?: 1 } = { retries: 3 }
  void options
})

it('every plugin is a Plugin', () => {
  const plugins: readonly Plugin[] = [bearer({ token: 'x' }), relaxed(), plain()]
  void plugins
})

it('a definition is checked', () => {
  // @ts-expect-error apply does not return a promise
  definePlugin({ name: 'x', apply: async () => {} })
  // @ts-expect-error a request option is a schema
  definePlugin({ name: 'x', requestOptions: { flag: true }, apply: () => {} })
  // @ts-expect-error a plugin has a name
  definePlugin({ apply: () => {} })
})
