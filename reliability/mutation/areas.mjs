// What is mutated, and by which tests a mutant must be noticed.
//
// Rule: only tests that need no server, take milliseconds and are not random, so that two runs agree. A mutant that only a slow
// test would notice counts as a survivor, and is a reason to write a quick test.

/** Folders. */
export const areas = {
  codec: {
    mutate: 'packages/core/src/codec',
    tests: ['packages/core/src/codec'],
  },
  pool: {
    mutate: 'packages/core/src/pool',
    tests: ['packages/core/src/pool'],
  },
  retry: {
    mutate: 'packages/plugin-retry/src',
    tests: ['packages/plugin-retry/src', 'packages/plugin-retry/test'],
  },
}

/** Not run against mutants: random or exhaustive inputs, another parser, real sockets. */
export const leftOut = [
  'codec.fuzz.test.ts',
  'one-byte.test.ts',
  'node-parser.test.ts',
  'properties.test.ts',
  'wire.test.ts',
  'bodies-sent-again.test.ts',
  'conformance.test.ts',
]
