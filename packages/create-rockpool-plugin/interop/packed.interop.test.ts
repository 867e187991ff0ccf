/** A plugin made in an empty folder from the packed packages, as somebody does who has nothing but npm. Needs the registry. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'

const packages = fileURLToPath(new URL('../../', import.meta.url))
const directory = mkdtempSync(join(tmpdir(), 'rockpool-create-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const { NODE_TEST_CONTEXT: _, ...env } = process.env

function npm(cwd: string, ...args: string[]): string {
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error']
  return execFileSync('npm', [...quiet, ...args], { cwd, env, encoding: 'utf8' })
}

describe('a plugin made from packed packages', () => {
  it('passes its own tests and the conformance suite, unedited', () => {
    const tarballs = join(directory, 'tarballs')
    mkdirSync(tarballs)
    for (const name of ['core', 'testkit', 'create-rockpool-plugin']) {
      npm(join(packages, name), 'pack', '--pack-destination', tarballs)
    }
    const [create = '', core = '', testkit = ''] = readdirSync(tarballs)
      .sort()
      .map((file) => join(tarballs, file))
    npm(directory, 'exec', '--yes', `--package=${create}`, '--', 'create-rockpool-plugin', 'tide-table')
    const plugin = join(directory, 'rockpool-plugin-tide-table')
    const before = readFileSync(join(plugin, 'package.json'), 'utf8')
    npm(plugin, 'install', '--no-save', core, testkit)
    expect(npm(plugin, 'test')).toMatch(/# fail 0\n/)
    expect(readFileSync(join(plugin, 'package.json'), 'utf8')).toBe(before)
    const packed = JSON.parse(npm(plugin, 'pack', '--dry-run', '--json')) as unknown
    const [listing] = (Array.isArray(packed) ? packed : Object.values(packed as object)) as {
      files: { path: string }[]
    }[]
    expect(listing?.files.map(({ path }) => path).sort()).toEqual([
      'README.md',
      'dist/index.d.ts',
      'dist/index.js',
      'dist/tide-table.d.ts',
      'dist/tide-table.js',
      'package.json',
    ])
  }, 180_000)
})
