/**
 * What the documentation shows of the code is what the code says now. When a test fails: node scripts/write-doc-tables.mjs
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { pluginsMayHandle } from '../../src/client/failure-policy.js'
import { CLIENT_TRANSITIONS } from '../../src/codec/state.js'
import * as errors from '../../src/ground/errors.js'
import { DEFAULT_LIMITS } from '../../src/ground/limits.js'
import { stages } from '../../src/hooks/stages.js'
import * as userEntry from '../../src/index.js'
import * as pluginEntry from '../../src/plugin.js'
import { root } from './snippets.js'

interface DocTables {
  stateDiagram(transitions: object, start: string): string
  limitsTable(defaults: object, source: string): string
  fixedLimitsTable(source: string): string
  stagesTable(stages: object): string
  errorTable(all: object, source: string, offered: (each: unknown) => string): string
  offeredBy(decide: (error: errors.HTTPError) => boolean): (each: unknown) => string
  readonly OPTION_TABLES: readonly (readonly [document: string, region: string, file: string, name: string])[]
  optionsTable(source: string, name: string): string
  withRegion(document: string, name: string, content: string): string
}

const place = pathToFileURL(join(root, 'scripts', 'doc-tables.mjs')).href
const tables = (await import(/* @vite-ignore */ place)) as DocTables
const source = (file: string): string => readFileSync(join(root, 'packages', 'core', 'src', file), 'utf8')
const guide = (file: string): string => readFileSync(join(root, 'docs', file), 'utf8')

describe('docs/supported-http.md', () => {
  const document = guide('supported-http.md')

  it('draws the states of the codec as they are', () => {
    const diagram = tables.stateDiagram(CLIENT_TRANSITIONS, 'idle')
    expect(tables.withRegion(document, 'codec states', diagram)).toBe(document)
    expect(diagram).toContain('head --> body: message')
  })

  it('lists every limit with its default', () => {
    const limits = tables.limitsTable(DEFAULT_LIMITS, source('ground/limits.ts'))
    expect(tables.withRegion(document, 'limits', limits)).toBe(document)
    const fixed = tables.fixedLimitsTable(source('ground/limits.ts'))
    expect(tables.withRegion(document, 'fixed limits', fixed)).toBe(document)
    expect(fixed.split('\n').length).toBeGreaterThan(10)
  })
})

describe('docs/lifecycle.md', () => {
  it('names every field of every context', () => {
    const views = `${source('hooks/contexts.ts')}${source('transport/connector.ts').split('interface ConnectContext')[1]?.split('\n}')[0]}`
    const fields = [...views.matchAll(/^ {2}(?:readonly )?(\w+)\??: /gm)].map(([, name]) => name)
    expect(fields).toContain('partition')
    for (const field of fields) expect(guide('lifecycle.md')).toContain(`\`${field}\``)
  })

  it('lists the stages of every hook', () => {
    const document = guide('lifecycle.md')
    expect(tables.withRegion(document, 'stages', tables.stagesTable(stages))).toBe(document)
  })
})

describe('docs/errors.md', () => {
  it('lists every error class with its code, and whether plugins are asked about it', () => {
    const taxonomy =
      source('ground/http-error.ts') + source('ground/errors.ts') + source('ground/usage-errors.ts')
    const table = tables.errorTable(errors, taxonomy, tables.offeredBy(pluginsMayHandle))
    const document = guide('errors.md')
    expect(tables.withRegion(document, 'errors', table)).toBe(document)
    for (const [name, value] of Object.entries(userEntry)) {
      if (typeof value === 'function' && value.prototype instanceof errors.HTTPError) {
        expect(table).toContain(`\`${name}\``)
      }
    }
  })

  it('gives every class a code of its own', () => {
    const codes = [...guide('errors.md').matchAll(/`(ERR_\w+)`/g)].map(([, code]) => code)
    const inTable = codes.slice(codes.indexOf('ERR_HTTP'))
    expect(inTable.length).toBeGreaterThan(25)
    expect(new Set(inTable).size).toBe(inTable.length)
  })

  it('lists the code of every warning', () => {
    const given = sourcesOfPackages().flatMap((text) => [...text.matchAll(/code: '(ROCKPOOL_\w+)'/g)])
    const codes = new Set(given.map(([, code]) => code))
    expect(codes).toContain('ROCKPOOL_POOL_FULL')
    const listed = [...guide('errors.md').matchAll(/^\| `(ROCKPOOL_\w+)` \|/gm)].map(([, code]) => code)
    expect(new Set(listed)).toEqual(codes)
  })
})

function sourcesOfPackages(): string[] {
  const packages = join(root, 'packages')
  return readdirSync(packages)
    .map((name) => join(packages, name, 'src'))
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
    )
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => readFileSync(file, 'utf8'))
}

describe('docs/writing-a-plugin.md', () => {
  it('lists everything that a plugin can import, but for the error classes', () => {
    const names = Object.entries(pluginEntry)
      .filter(([, value]) => !(typeof value === 'function' && value.prototype instanceof Error))
      .map(([name]) => name)
    expect(names).toContain('definePlugin')
    const table = guide('writing-a-plugin.md').split('What there is to import')[1] ?? ''
    for (const name of names) expect(table).toContain(`\`${name}\``)
  })

  it('lists the fields of every channel', () => {
    const told = [...source('client/channels.ts').matchAll(/: `\{ (.+?) \}`\. \*\/\n {2}(\w+): '(.+?)'/g)]
    expect(told.length).toBe(Object.keys(userEntry.channelNames).length)
    for (const [, fields = '', key, channel] of told) {
      const row = guide('writing-a-plugin.md').split(`| \`${channel}\` | \`${key}\` | `)[1]?.split('\n')[0]
      expect(row?.match(/(?<=`)\w+(?=`)/g)).toEqual(fields.split(', '))
    }
  })
})

describe('the README of core', () => {
  it('names every member of pools, managers and responses', () => {
    const text = readFileSync(join(root, 'packages', 'core', 'README.md'), 'utf8')
    const { HTTPConnectionPool, PoolManager, HTTPResponse } = userEntry
    const members = [HTTPConnectionPool, PoolManager, HTTPResponse].flatMap((each) =>
      Object.getOwnPropertyNames(each.prototype),
    )
    expect(members).toContain('readInto')
    for (const name of members) if (name !== 'constructor') expect(text).toMatch(new RegExp(`\`${name}\\b`))
  })
})

describe('the READMEs of packages', () => {
  const named = ['core', 'plugin-retry', 'plugin-proxy', 'plugin-tls', 'rockpool', 'testkit']

  it.each(named)('name everything that is exported: %s', (name) => {
    const entry = readFileSync(join(root, 'packages', name, 'src', 'index.ts'), 'utf8')
    const lists = [...entry.matchAll(/^export \{([^}]*)\}/gm)].flatMap(([, list = '']) => list.split(','))
    const exported = lists
      .map((each) => each.trim())
      .filter((each) => each !== '' && !each.startsWith('type '))
    expect(exported.length).toBeGreaterThan(2)
    const readme = readFileSync(join(root, 'packages', name, 'README.md'), 'utf8')
    for (const each of exported) expect(readme).toMatch(new RegExp(`\`(new )?${each}\\b`))
  })

  const text = (path: string): string => readFileSync(join(root, path), 'utf8')

  it.each(tables.OPTION_TABLES)('list every option: %s, %s', (document, region, file, name) => {
    const table = tables.optionsTable(text(file), name)
    expect(tables.withRegion(text(document), region, table)).toBe(text(document))
    expect(table.split('\n').length).toBeGreaterThan(4)
  })
})
