// Every plugin there is, ours and the examples', in one pool: what each promises alone holds in company, whoever was
// installed first.
import { fileURLToPath } from 'node:url'
import { definePlugin, type Plugin, stages } from '@rockpool/core/plugin'
import { proxy } from '@rockpool/plugin-proxy'
import { redirect, retry } from '@rockpool/plugin-retry'
import { tls } from '@rockpool/plugin-tls'
import { describePlugin } from '@rockpool/testkit'
import { describe, it } from 'vitest'
import { bearer } from './rockpool-plugin-bearer/src/index.js'

const load = async <T>(file: string): Promise<T> =>
  (await import(/* @vite-ignore */ fileURLToPath(new URL(`./${file}`, import.meta.url)))) as T
const { cache } = await load<{ cache: () => Plugin }>('cache/cache.mjs')
const { uploadProgress } = await load<{ uploadProgress: () => Plugin }>('uploads/upload-progress.mjs')
const { PoolMetrics } = await load<{ PoolMetrics: new () => { plugin(options: { name: string }): Plugin } }>(
  'metrics/pool-metrics.mjs',
)

const metrics = new PoolMetrics()
const observer = definePlugin({
  name: 'observer',
  apply: ({ hooks }) =>
    hooks.onRequest.tap({ name: 'observer', stage: stages.onRequest.observe }, () => undefined),
})

let origins = ['https://api.example']
const all: readonly (() => Plugin)[] = [
  () => tls(),
  () => proxy({ url: 'http://user:pr0xy-s3cret@127.0.0.1:9', noProxy: '*' }),
  () => retry({ total: 2 }),
  () => redirect(),
  () => cache(),
  () => bearer({ refresh: async () => 'c0nf0rming', origins }),
  () => metrics.plugin({ name: 'together' }),
  () => uploadProgress(),
  () => observer(),
]

const orders: Readonly<Record<string, readonly (() => Plugin)[]>> = {
  'one order': all,
  'the opposite order': all.toReversed(),
  'another order': [...all.slice(4), ...all.slice(0, 4)].map(
    (_, index, list) => list[(index * 4) % list.length] as () => Plugin,
  ),
}

for (const [name, order] of Object.entries(orders)) {
  const [subject, ...others] = order as [() => Plugin, ...(() => Plugin)[]]
  describePlugin(undefined, {
    name: `nine plugins in ${name}`,
    describe,
    it,
    make: subject,
    companions: () => others.map((make) => make()),
    requestOptions: {},
    secrets: ['c0nf0rming', 'pr0xy-s3cret'],
    prepare: (server) => {
      origins = [server.origin]
      return undefined
    },
  })
}
