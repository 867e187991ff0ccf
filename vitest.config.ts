// Unit and scenario tests: everything that needs no outside server. Real servers: vitest.interop.config.ts.
import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { sourceAliases, workerFlags } from './vitest.shared.ts'

export default defineConfig({
  resolve: { alias: sourceAliases },
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'packages/*/test/**/*.test.ts',
      'reliability/**/*.test.ts',
      'examples/*/test/**/*.test.ts',
    ],
    pool: 'forks',
    // Every core: left alone, vitest keeps one for itself, and on two cores that is half.
    maxWorkers: availableParallelism(),
    execArgv: workerFlags,
    testTimeout: 20_000,
    dangerouslyIgnoreUnhandledErrors: false,
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts'],
      exclude: ['**/*.test.ts', '**/*.test-d.ts'],
    },
  },
})
