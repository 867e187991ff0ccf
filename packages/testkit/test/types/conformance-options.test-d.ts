// The suite takes what the plugin takes: a plugin whose types do not widen does not compile here.
import { definePlugin } from '@rockpool/core/plugin'
import { describe, it } from 'vitest'
import { z } from 'zod'
import { describePlugin } from '../../src/index.js'

const mark = definePlugin({
  name: 'mark',
  options: z.strictObject({ value: z.string() }),
  requestOptions: { unmarked: z.boolean().optional() },
  apply: () => undefined,
})
const plain = definePlugin({ name: 'plain', apply: () => undefined })

describe('the options of describePlugin', () => {
  it('have the types of the plugin', () => {
    describePlugin(mark, { validOptions: { value: 'high' }, requestOptions: { unmarked: true } })
    describePlugin(plain)
    describePlugin(undefined, { make: () => mark({ value: 'high' }), requestOptions: { unmarked: true } })
    // @ts-expect-error the factory takes a text
    describePlugin(mark, { validOptions: { value: 7 } })
    // @ts-expect-error the option is a boolean
    describePlugin(mark, { validOptions: { value: 'high' }, requestOptions: { unmarked: 'yes' } })
    // @ts-expect-error a slip
    describePlugin(mark, { validOptions: { value: 'high' }, requestOptions: { unmarkd: true } })
  })
})
