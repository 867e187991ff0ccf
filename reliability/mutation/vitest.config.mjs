// The tests of one area, for Stryker: ROCKPOOL_MUTATION_AREA says which.
import { defineConfig } from 'vitest/config'
import { sourceAliases } from '../../vitest.shared.ts'
import { areas, tooSlowOrRandom } from './areas.mjs'

const area = areas[process.env.ROCKPOOL_MUTATION_AREA ?? '']
if (area === undefined) throw new Error('set ROCKPOOL_MUTATION_AREA to codec, pool or retry')

export default defineConfig({
  resolve: { alias: sourceAliases },
  test: {
    include: area.tests,
    exclude: tooSlowOrRandom,
    testTimeout: 120_000,
    isolate: false,
    env: { ROCKPOOL_MOST_SPLITS: '10' },
    dangerouslyIgnoreUnhandledErrors: false,
  },
})
