// Tests against real servers (nginx, squid, tinyproxy, dante, openssl) and of the examples as a user runs them.
// One file at a time: the servers share a machine, and a test of throughput or memory must not have neighbours.
import { defineConfig } from 'vitest/config'
import { sourceAliases, workerFlags } from './vitest.shared.ts'

export default defineConfig({
  resolve: { alias: sourceAliases },
  test: {
    include: ['packages/*/interop/**/*.interop.test.ts', 'examples/**/*.interop.test.ts'],
    pool: 'forks',
    execArgv: workerFlags,
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
