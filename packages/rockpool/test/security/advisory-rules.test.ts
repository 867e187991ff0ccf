/**
 * The list of what published advisories ask of a client, reliability/advisories/rules.json: each rule names the tests that
 * prove it, those tests exist, and docs/security.md says the same.
 */
import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'

interface Rule {
  readonly rule: string
  readonly guarantee?: string
  readonly notApplicable?: string
  readonly ids: readonly string[]
  readonly proof: readonly { readonly file: string; readonly test: string }[]
}

const root = join(import.meta.dirname, '..', '..', '..', '..')
const read = (file: string): string => readFileSync(join(root, file), 'utf8')
const rules = JSON.parse(read('reliability/advisories/rules.json')) as readonly Rule[]

/** A rule as a line of the table in docs/security.md. */
function line({ rule, guarantee, notApplicable, ids, proof }: Rule): string {
  const name = `${rule.charAt(0).toUpperCase()}${rule.slice(1)}`
  const files = [...new Set(proof.map(({ file }) => file))]
  const proofs = files.map((file) => `[${basename(file, '.test.ts')}](../${file})`).join(', ')
  return `| **${name}**. ${guarantee ?? `Not applicable. ${notApplicable}`} | ${proofs || '–'} | ${ids.join(', ')} |`
}

describe('the rules that advisories teach', () => {
  it('are forty-six, each with a name and a guarantee or a reason', () => {
    expect(rules).toHaveLength(46)
    expect(new Set(rules.map(({ rule }) => rule)).size).toBe(46)
    for (const { rule, guarantee, notApplicable } of rules)
      expect(guarantee ?? notApplicable, rule).toBeTruthy()
  })

  it.each(rules.map((rule) => [rule.rule, rule] as const))(
    '%s: is proven by tests that are there',
    (_, rule) => {
      if (rule.notApplicable === undefined) expect(rule.proof.length).toBeGreaterThan(0)
      for (const { file, test } of rule.proof) {
        expect(existsSync(join(root, file)), file).toBe(true)
        expect(read(file)).toContain(test)
      }
      for (const id of rule.ids)
        expect(id).toMatch(/^(CVE-\d{4}-\d+|GHSA(-[0-9a-z]{4}){3}|RUSTSEC-\d{4}-\d{4})$/)
    },
  )

  it('stand in docs/security.md as they are', () => {
    const table = read('docs/security.md')
      .split('<!-- generated: advisories -->')[1]
      ?.split('<!-- end: advisories -->')[0]
    const lines = (table ?? '').split('\n').filter((text) => text.startsWith('| **'))
    expect(lines).toEqual(rules.map(line))
  })
})
