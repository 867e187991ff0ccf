// Lets Node run the sources as they stand, tests and their helpers included, with counters where the fuzzer wants to look.
// Registered by register.mjs and by the mutation runner, which also gives what stands in for vitest. Packages resolve to their sources; `.js` in an import means the `.ts` beside it.
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { instrument, stripTypes } from './instrument.mjs'

const root = new URL('../../', import.meta.url)
const sources = {
  '@rockpool/core': 'packages/core/src/index.ts',
  '@rockpool/core/plugin': 'packages/core/src/plugin.ts',
  '@rockpool/plugin-retry': 'packages/plugin-retry/src/index.ts',
  '@rockpool/plugin-proxy': 'packages/plugin-proxy/src/index.ts',
  '@rockpool/plugin-tls': 'packages/plugin-tls/src/index.ts',
  '@rockpool/testkit': 'packages/testkit/src/index.ts',
  rockpool: 'packages/rockpool/src/index.ts',
}
const WATCHED = /\/packages\/[^/]+\/src\//
let watch = false
let stand
let next = 1

export function initialize(data) {
  watch = data.watch
  stand = data.vitest
}

export async function resolve(specifier, context, nextResolve) {
  if (specifier === 'vitest' && stand !== undefined) return { url: stand, shortCircuit: true }
  const source = sources[specifier]
  if (source !== undefined) return { url: new URL(source, root).href, shortCircuit: true }
  if (specifier.startsWith('.') && specifier.endsWith('.js') && context.parentURL !== undefined) {
    const path = fileURLToPath(new URL(specifier, context.parentURL)).replace(/\.js$/, '.ts')
    if (existsSync(path)) return { url: pathToFileURL(path).href, shortCircuit: true }
  }
  return nextResolve(specifier, context)
}

export async function load(url, context, nextLoad) {
  if (!(url.startsWith('file:') && url.endsWith('.ts'))) return nextLoad(url, context)
  const path = fileURLToPath(url)
  let source = stripTypes(readFileSync(path, 'utf8'), path)
  if (watch && WATCHED.test(path)) {
    const counted = instrument(source, path, next)
    next = counted.next
    source = counted.source
  }
  return { format: 'module', source, shortCircuit: true }
}
