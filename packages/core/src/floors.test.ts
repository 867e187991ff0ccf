// The floors of the core, enforced: a room imports itself and the rooms below that its row names, and type-only
// imports obey too, because a type that points upwards is the first step of a dependency that does.
//   ground < codec < transport < connection, decode < pool < hooks < client < the two entries
// Imports are taken from the syntax tree, so comments and strings cannot fool the check. Tests are exempt: they may
// reach for the testkit and for any room. Change a row here only together with docs/architecture.md.
import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

type Reach = 'all' | 'types'

interface Import {
  readonly specifier: string
  readonly typeOnly: boolean
}

/** Room → the rooms it may import from; 'types' admits nothing that exists at run time. */
const ROOMS: Readonly<Record<string, Readonly<Record<string, Reach>>>> = {
  ground: {},
  codec: { ground: 'all' },
  transport: { ground: 'all' },
  connection: { ground: 'all', codec: 'all', transport: 'all' },
  decode: { ground: 'all' },
  pool: { ground: 'all', transport: 'all', connection: 'all' },
  hooks: { ground: 'all', transport: 'types', connection: 'types' },
  client: {
    ground: 'all',
    codec: 'all',
    transport: 'all',
    connection: 'all',
    decode: 'all',
    pool: 'all',
    hooks: 'all',
  },
  'plugin.ts': { ground: 'all', codec: 'all', transport: 'all', connection: 'all', hooks: 'all' },
  'index.ts': {
    ground: 'all',
    codec: 'all',
    transport: 'all',
    connection: 'all',
    pool: 'all',
    hooks: 'all',
    client: 'all',
  },
}

/** Modules that belong to one place. `where` gets the path below src/, e.g. 'hooks/guard.ts'. */
const GUARDED: readonly { module: RegExp; where: (file: string) => boolean; rule: string }[] = [
  { module: /^tapable$/, where: (file) => file.startsWith('hooks/'), rule: 'only hooks/ imports tapable' },
  {
    module: /^zod$/,
    where: (file) => /(^|\/)(([a-z0-9-]+-)?options|plugin|plugin-definition)\.ts$/.test(file),
    rule: 'only options.ts, *-options.ts, plugin.ts and plugin-definition.ts import zod',
  },
  {
    module: /^node:zlib$/,
    where: (file) => file.startsWith('decode/'),
    rule: 'only decode/ imports node:zlib',
  },
  {
    module: /^node:(tls|dns|dns\/promises)$/,
    where: (file) => file.startsWith('transport/'),
    rule: 'only transport/ imports node:tls and node:dns',
  },
  {
    module: /^node:net$/,
    where: (file) => file.startsWith('transport/') || file.startsWith('ground/'),
    rule: 'only transport/ imports node:net (and ground/, for isIP)',
  },
  { module: /^node:/, where: (file) => !file.startsWith('codec/'), rule: 'codec/ imports no Node module' },
  { module: /^node:(http|https|http2)$/, where: () => false, rule: "nothing imports Node's own HTTP" },
]

const isSpecifierTypeOnly = (specifiers: readonly { isTypeOnly: boolean }[]): boolean =>
  specifiers.length > 0 && specifiers.every((specifier) => specifier.isTypeOnly)

function isTypeOnlyImport(node: ts.ImportDeclaration): boolean {
  const clause = node.importClause
  if (clause === undefined) return false
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true
  const bindings = clause.namedBindings
  if (clause.name !== undefined || bindings === undefined || !ts.isNamedImports(bindings)) return false
  return isSpecifierTypeOnly(bindings.elements)
}

function isTypeOnlyExport(node: ts.ExportDeclaration): boolean {
  if (node.isTypeOnly) return true
  const clause = node.exportClause
  return clause !== undefined && ts.isNamedExports(clause) && isSpecifierTypeOnly(clause.elements)
}

function importOf(node: ts.Node): Import | undefined {
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
    return { specifier: node.moduleSpecifier.text, typeOnly: isTypeOnlyImport(node) }
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
    return { specifier: node.moduleSpecifier.text, typeOnly: isTypeOnlyExport(node) }
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return { specifier: (node.argument.literal as ts.StringLiteral).text, typeOnly: true }
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const [argument] = node.arguments
    return {
      specifier: argument && ts.isStringLiteralLike(argument) ? argument.text : '(computed)',
      typeOnly: false,
    }
  }
  return undefined
}

/** Every import of a source text: static, re-export, `import()` type and dynamic `import()`. */
function importsOf(file: string, text: string): Import[] {
  const found: Import[] = []
  const visit = (node: ts.Node): void => {
    const hit = importOf(node)
    if (hit !== undefined) found.push(hit)
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.ESNext))
  return found
}

const roomOf = (file: string): string => file.split('/')[0] ?? file

function faultOfRoom(file: string, { specifier, typeOnly }: Import): string | undefined {
  const target = posix.normalize(posix.join(posix.dirname(file), specifier))
  if (target.startsWith('../')) return 'leaves the sources of the package'
  const from = roomOf(file)
  const to = roomOf(target)
  if (from === to) return undefined
  const reach = ROOMS[from]?.[to]
  if (reach === undefined) return `${from} may not import ${to}`
  if (reach === 'types' && !typeOnly) return `${from} may import only types of ${to}`
  return undefined
}

function faultOfModule(file: string, specifier: string): string | undefined {
  const broken = GUARDED.find(({ module, where }) => module.test(specifier) && !where(file))
  if (broken !== undefined) return broken.rule
  const known = specifier.startsWith('node:') || specifier === 'tapable' || specifier === 'zod'
  return known ? undefined : 'not a dependency of the core'
}

/** What a file does against the floors, one sentence each; empty when nothing. */
function faultsOf(file: string, text: string): string[] {
  const faults: string[] = []
  if (ROOMS[roomOf(file)] === undefined) faults.push(`${file}: ${roomOf(file)} is not a room of the house`)
  for (const found of importsOf(file, text)) {
    const local = found.specifier.startsWith('.')
    const fault = local ? faultOfRoom(file, found) : faultOfModule(file, found.specifier)
    if (fault !== undefined) faults.push(`${file} imports '${found.specifier}': ${fault}`)
  }
  return faults
}

const sources = import.meta.dirname
const files = readdirSync(sources, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts') && !/\.test(-d)?\.ts$/.test(file))
  .sort()

describe('the floors of the core', () => {
  it('finds the sources it is meant to check', () => {
    expect(files).toContain('ground/errors.ts')
    expect(files.length).toBeGreaterThan(20)
  })

  it('no file imports a higher floor, a neighbour it must not know, or a module kept elsewhere', () => {
    expect(files.flatMap((file) => faultsOf(file, readFileSync(join(sources, file), 'utf8')))).toEqual([])
  })
})

describe('the check itself', () => {
  it.each([
    ['pool/pool.ts', "import type { Hooks } from '../hooks/hooks.js'"],
    ['pool/pool.ts', "export * from '../client/client.js'"],
    ['pool/pool.ts', "type H = import('../hooks/hooks.js').Hooks"],
    ['pool/pool.ts', "const h = await import('../hooks/hooks.js')"],
    ['pool/pool.ts', "import { z } from 'zod'"],
    ['ground/errors.ts', "import { Codec } from '../codec/codec.js'"],
    ['ground/errors.ts', "import type { HTTPHeaders } from '../index.js'"],
    ['codec/codec.ts', "import { inspect } from 'node:util'"],
    ['codec/codec.ts', "import type { Socket } from 'node:net'"],
    ['transport/dial-tcp.ts', "import type { ResponseHead } from '../codec/codec.js'"],
    ['connection/connection.ts', "import { connect } from 'node:tls'"],
    ['hooks/guard.ts', "import { systemClock } from '../transport/clock.js'"],
    ['hooks/guard.ts', "import { type Clock, systemClock } from '../transport/clock.js'"],
    ['hooks/hooks.ts', "import type { Pool } from '../pool/pool.js'"],
    ['client/client.ts', "import { SyncHook } from 'tapable'"],
    ['client/client.ts', "import http from 'node:http'"],
    ['client/client.ts', "import { retry } from '@rockpool/plugin-retry'"],
    ['client/client.ts', "import { helper } from '../../../testkit/src/index.js'"],
    ['plugin.ts', "export type { Client } from './client/client.js'"],
    ['misc/anything.ts', ''],
  ])('refuses in %s: %s', (file, text) => {
    expect(faultsOf(file, text)).toHaveLength(1)
  })

  it.each([
    ['pool/pool.ts', "import type { Clock } from '../transport/clock.js'"],
    ['hooks/contexts.ts', "import type { Clock } from '../transport/clock.js'"],
    ['hooks/contexts.ts', "import { type Clock, type ClockTimer } from '../transport/clock.js'"],
    ['hooks/plugin.ts', "import { z } from 'zod'"],
    ['client/request-options.ts', "import { z } from 'zod'"],
    ['codec/codec.ts', "// import { inspect } from 'node:util'\nconst text = \"import 'node:net'\""],
    ['index.ts', "export { HTTPError } from './ground/errors.js'"],
  ])('admits in %s: %s', (file, text) => {
    expect(faultsOf(file, text)).toEqual([])
  })
})
