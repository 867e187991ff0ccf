// What every vitest configuration shares: packages are resolved to their sources, so a test never sees a stale
// build, and each run leaves a JSON report in reports/ that .ci/run adds up.
import { fileURLToPath } from 'node:url'

const source = (path: string): string => fileURLToPath(new URL(`./packages/${path}`, import.meta.url))

/** Package name → source entry. Exact matches only, so `@rockpool/core/plugin` never resolves below `@rockpool/core`. */
export const sourceAliases: { find: RegExp; replacement: string }[] = [
  { find: /^@rockpool\/core$/, replacement: source('core/src/index.ts') },
  { find: /^@rockpool\/core\/plugin$/, replacement: source('core/src/plugin.ts') },
  { find: /^@rockpool\/plugin-retry$/, replacement: source('plugin-retry/src/index.ts') },
  { find: /^@rockpool\/plugin-proxy$/, replacement: source('plugin-proxy/src/index.ts') },
  { find: /^@rockpool\/plugin-tls$/, replacement: source('plugin-tls/src/index.ts') },
  { find: /^@rockpool\/testkit$/, replacement: source('testkit/src/index.ts') },
  { find: /^rockpool$/, replacement: source('rockpool/src/index.ts') },
]

/** Flags of the test workers: `--expose-gc` lets a test prove that an unread response gives its slot back. */
export const workerFlags: string[] = ['--expose-gc']
