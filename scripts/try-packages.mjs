// What somebody does with the packed packages: installs them in an empty project and uses them from JavaScript, from
// CommonJS and from TypeScript, on every Node line that is supported and to be found on this machine.
import { existsSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { root, run, runNode, tool } from './workspace.mjs'

const LINES = ['22', '24', '26']

/** The running Node, and those that .ci/run has fetched. */
function nodes() {
  const cache =
    process.env.ROCKPOOL_NODES ??
    join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'rockpool/nodes')
  const names = process.platform === 'linux' ? [`node-linux-${process.arch}`] : []
  const found = LINES.flatMap((line) =>
    names.map((name) => join(cache, line, 'node_modules', name, 'bin/node')),
  )
  return [process.execPath, ...found.filter((path) => existsSync(path))]
}

/** Every import specifier a package offers, without its package.json. */
const entriesOf = ({ name, exports }) =>
  Object.keys(exports)
    .filter((entry) => !entry.endsWith('.json'))
    .map((entry) => name + entry.slice(1))

const SAME_CLASSES = `
const [core, plugin, all] = [modules['@rockpool/core'], modules['@rockpool/core/plugin'], modules.rockpool]
for (const name of ['HTTPError', 'HTTPResponse', 'HTTPHeaders', 'OptionsError', 'ProxyError']) {
  if (core[name] !== plugin[name] || core[name] !== all[name]) throw new Error(name + ' is not one class')
  if (core[name].name !== name) throw new Error(name + ' calls itself ' + core[name].name)
}
for (const name of ['PoolManager', 'HTTPConnectionPool', 'HTTPSConnectionPool'])
  for (const library of [core, all])
    if (library[name].name !== name) throw new Error(name + ' calls itself ' + library[name].name)
`

const TYPED = `
import { connectionFromUrl, HTTPError, type HTTPResponse, PoolManager, request, tls } from 'rockpool'
import { HTTPConnectionPool } from '@rockpool/core'
import { definePlugin, stages } from '@rockpool/core/plugin'
import { retry } from '@rockpool/plugin-retry'
import { z } from 'zod'

const mark = definePlugin({
  name: 'mark',
  requestOptions: { mark: z.string().optional() },
  apply: (host) => host.hooks.onRequest.tap({ name: 'mark', stage: stages.onRequest.amend }, () => {}),
})
export async function use(): Promise<HTTPResponse> {
  const pool = new HTTPConnectionPool('localhost', 80, { plugins: [retry({ total: 1 }), mark()] })
  await pool.request('GET', '/', { retries: 2, mark: 'x' })
  // @ts-expect-error: nobody declares this option
  await pool.request('GET', '/', { marc: 'x' })
  await using manager = new PoolManager({ retries: 3, caCerts: [] })
  if (Math.random() > 2) throw new HTTPError('', {})
  connectionFromUrl('http://localhost', { plugins: [tls()] })
  return (await request('GET', 'http://localhost/', { redirect: false })) ?? manager.request('GET', 'http://localhost/')
}
`

/** Compiles a TypeScript user's file, the declarations of all packages checked with it. */
function compile(project, name, options) {
  const config = {
    compilerOptions: {
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      target: 'ES2023',
      lib: ['ES2023', 'ESNext.Disposable'],
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
      ...options,
    },
    files: ['typed.ts'],
  }
  const path = join(project, `tsconfig.${name}.json`)
  writeFileSync(path, JSON.stringify(config))
  return runNode([tool('typescript/bin/tsc'), '-p', path], { cwd: project }) === 0
}

/** Uses what is installed in the project. What went wrong, one line each. */
export function tryPackages(project, manifests) {
  const entries = manifests.flatMap(entriesOf)
  const table = (load) =>
    `{${entries.map((entry) => `${JSON.stringify(entry)}: ${load(JSON.stringify(entry))}`)}}`
  writeFileSync(
    join(project, 'import.mjs'),
    `const modules = ${table((e) => `await import(${e})`)}${SAME_CLASSES}`,
  )
  writeFileSync(
    join(project, 'require.cjs'),
    `const modules = ${table((e) => `require(${e})`)}${SAME_CLASSES}`,
  )
  writeFileSync(join(project, 'typed.ts'), TYPED)
  const problems = []
  for (const node of nodes()) {
    for (const file of ['import.mjs', 'require.cjs']) {
      const ran = run(node, ['--disable-warning=ExperimentalWarning', file], { cwd: project }) === 0
      if (!ran) problems.push(`${file} with ${node}`)
    }
  }
  if (!compile(project, 'node16', { module: 'node16' })) problems.push('TypeScript, module node16')
  if (!compile(project, 'bundler', { module: 'esnext', moduleResolution: 'bundler' }))
    problems.push('TypeScript, moduleResolution bundler')
  return problems
}
