// What is mutated, and by which tests a mutant must be noticed.
//
// Rule: only tests that take seconds and need no outside server, so that a mutant costs about a second; nothing random, so that
// two runs agree. A mutant that only a slow test would notice counts as a survivor, and is a reason to write a quick test.

/** @type {Record<string, { mutate: string[], tests: string[] }>} */
export const areas = {
  codec: {
    mutate: ['packages/core/src/codec/**/*.ts'],
    tests: ['packages/core/src/codec/**/*.test.ts', 'packages/core/test/codec/**/*.test.ts'],
  },
  pool: {
    mutate: ['packages/core/src/pool/**/*.ts'],
    tests: ['packages/core/src/pool/**/*.test.ts', 'packages/core/test/pool/**/*.test.ts'],
  },
  retry: {
    mutate: ['packages/plugin-retry/src/**/*.ts'],
    tests: ['packages/plugin-retry/src/**/*.test.ts', 'packages/plugin-retry/test/**/*.test.ts'],
  },
}

/** Not run against mutants: random inputs, other parsers, or the wire. */
export const tooSlowOrRandom = [
  '**/*.fuzz.test.ts',
  '**/one-byte.test.ts',
  '**/node-parser.test.ts',
  '**/properties.test.ts',
]
