// Stryker for one area; run.mjs starts it. Everything it writes lies in reports/ and .stryker-tmp/, neither in git.
import { areas } from './areas.mjs'

const name = process.env.ROCKPOOL_MUTATION_AREA ?? ''
const area = areas[name]
if (area === undefined) throw new Error('set ROCKPOOL_MUTATION_AREA to codec, pool or retry')

const only = process.env.ROCKPOOL_MUTATION_ONLY

export default {
  testRunner: 'in-process',
  plugins: ['./reliability/mutation/in-process-runner.mjs'],
  mutate: [`${area.mutate}/**/${only ?? '*.ts'}`, '!**/*.test.ts', '!**/*.test-d.ts'],
  // Only what the tests read is copied.
  ignorePatterns: [
    '/.stryker-tmp',
    '/benchmarks',
    '/docs',
    '/examples',
    '/.ci',
    '/reports',
    '**/dist',
    '**/interop',
  ],
  coverageAnalysis: 'perTest',
  ignoreStatic: true,
  incremental: only === undefined,
  incrementalFile: `reports/reliability/mutation-${name}-incremental.json`,
  concurrency: Number(process.env.ROCKPOOL_MUTATION_CONCURRENCY ?? 1),
  timeoutMS: 4_000,
  timeoutFactor: 2,
  tempDirName: `.stryker-tmp/${name}`,
  reporters: ['json', 'progress-append-only'],
  jsonReporter: { fileName: `reports/reliability/mutation-${name}-full.json` },
  allowConsoleColors: false,
  thresholds: { high: 95, low: 85, break: null },
}
