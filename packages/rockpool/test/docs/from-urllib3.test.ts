/**
 * The parity table tells of every name, and what it says to write compiles. That its examples run is seen to where all
 * documents are: packages/core/test/docs.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { typeErrors } from '../../../core/test/docs/type-check.js'
import * as rockpool from '../../src/index.js'
import { urllib3Names } from './urllib3-names.js'

const path = fileURLToPath(new URL('../../../../docs/from-urllib3.md', import.meta.url))
const document = readFileSync(path, 'utf8')

const rows = document
  .split('\n')
  .filter((line) => line.startsWith('|') && !/^\|(---\|)+$/.test(line))
  .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()))
  .map(([, theirs = '', ours = '', note = '', rest = '']) => ({ theirs, ours, note, rest }))
const spans = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)

/** The names stand in code, where the table has urllib3's words, and in its headings. */
const told = [
  ...rows.map(({ theirs }) => theirs),
  ...document.split('\n').filter((line) => /^#|^`\w+`, /.test(line)),
]
  .flatMap(spans)
  .join(' ')

describe('docs/from-urllib3.md', () => {
  it.each(Object.entries(urllib3Names))('has a word on all of %s', (_, names) => {
    const missing = names.filter((name) => {
      const escaped = name.replaceAll('.', '\\.')
      return !new RegExp(`(?<![\\w.])(?:\\w+\\.)?${escaped}(?!\\w)`).test(told)
    })
    expect(missing).toEqual([])
  })

  it('says what to write, or why there is nothing to write', () => {
    expect(rows.length).toBeGreaterThan(120)
    for (const { ours, note, rest } of rows) {
      expect(rest).toBe('')
      expect(ours !== '–' || note.length > 5, `${ours} ${note}`).toBe(true)
    }
  })
})

const names = Object.keys(rockpool).filter((name) => name !== 'default')
const prelude = `
import { ${names.join(', ')} } from 'rockpool'
import type { ManagerOptions, PoolOptions, RequestOptions } from 'rockpool'
import * as dns from 'node:dns'
import { subscribe } from 'node:diagnostics_channel'
import type { SecureContext } from 'node:tls'
declare const pool: HTTPConnectionPool
declare const manager: PoolManager
declare const response: HTTPResponse
declare const headers: HTTPHeaders
declare const policy: Retry
declare const context: SecureContext
declare const pem: string
declare const url: string
declare const bytes: Uint8Array
declare function chunks(): AsyncIterable<Uint8Array>
`
const cells = rows.slice(1).flatMap(({ ours }) => spans(ours).map((code) => ({ code })))

describe('what the table says to write', () => {
  const faults = new Map<string, readonly string[]>()

  beforeAll(() => {
    // An object is options: of a pool or manager, or of a request.
    const readings = cells.map(({ code }) =>
      code.startsWith('{')
        ? [`void (${code} satisfies ManagerOptions)`, `void (${code} satisfies RequestOptions)`]
        : [`void (${code})`],
    )
    const texts = readings.flat().map((code) => prelude + code)
    const found = typeErrors(texts, fileURLToPath(new URL('.', import.meta.url)))
    for (const [index, { code }] of cells.entries()) {
      const own = found.splice(0, readings[index]?.length ?? 0)
      faults.set(code, own.find((each) => each.length === 0) ?? own.flat())
    }
  }, 120_000)

  it.each(cells)('compiles: $code', ({ code }) => {
    expect(faults.get(code)).toEqual([])
  })
})
