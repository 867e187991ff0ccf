// Second half of every package's build: what tsc left in build/, one file a module, becomes the few files of dist/ that
// npm publishes. Loading a hundred small modules is most of an import's time, and their comments and the declarations of
// what nobody can import are most of a tarball; docs/decisions/041 has the figures.
//
// Names stay as they were written, so a stack trace reads like the source. What two entries share is in one file that both
// import, so a class is the same class from either. Comments stay where editors show them: in the declarations.
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { rollup } from 'rollup'
import { dts } from 'rollup-plugin-dts'

const manifest = JSON.parse(readFileSync('package.json', 'utf8'))

/** Every file that somebody outside may name: dist path without its ending → the module in build/. */
function entries(ending) {
  const exported = Object.values(manifest.exports).filter((entry) => typeof entry === 'object')
  const commands = ending === '.js' ? Object.values(manifest.bin ?? {}) : []
  const files = [...exported.map((entry) => (ending === '.js' ? entry.default : entry.types)), ...commands]
  const names = files.map((file) => file.replace(/^\.\/dist\//, '').slice(0, -ending.length))
  return Object.fromEntries(names.map((name) => [name, join('build', `${name}${ending}`)]))
}

/** Packages and Node's own modules are imported, never copied. */
const external = (id) => !id.startsWith('.') && !id.startsWith('/')

async function bundleCode() {
  const bundle = await rolldown({ input: entries('.js'), external, platform: 'node' })
  await bundle.write({
    dir: 'dist',
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    codeSplitting: { groups: [{ name: 'shared', minShareCount: 2 }] },
    comments: { legal: true, annotation: true, jsdoc: false },
    keepNames: true,
    minify: false,
    minifyInternalExports: false,
    topLevelVar: false,
  })
  await bundle.close()
}

/** The opening of a source file tells its maintainers why it exists; a declaration file has no use for it. */
const withoutOpenings = {
  name: 'without-openings',
  renderChunk: (code) =>
    code.replaceAll(/^\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n\n/gm, '').replaceAll(/^import '[^']*';\n/gm, ''),
}

async function bundleDeclarations() {
  const bundle = await rollup({
    input: entries('.d.ts'),
    external,
    plugins: [dts(), withoutOpenings],
    // A type that only other declarations name is shared without being exported, and that is meant.
    onLog: (level, log, handle) => {
      if (!/no public re-export/.test(log.message)) handle(level === 'warn' ? 'error' : level, log)
    },
  })
  await bundle.write({
    dir: 'dist',
    format: 'esm',
    entryFileNames: '[name].d.ts',
    chunkFileNames: 'shared.d.ts',
    minifyInternalExports: false,
  })
  await bundle.close()
}

rmSync('dist', { recursive: true, force: true })
await Promise.all([bundleCode(), bundleDeclarations()])
