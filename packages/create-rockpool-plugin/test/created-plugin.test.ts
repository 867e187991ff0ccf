/** The plugin that is written, in a folder of its own: it builds, passes its tests unedited, and never overwrites a file. */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { createPlugin } from '../src/index.js'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const entry = join(root, 'packages', 'create-rockpool-plugin', 'dist', 'main.js')
// Inside the repository, so that what the plugin imports is found as if it were installed.
const cache = join(root, 'node_modules', '.cache')
mkdirSync(cache, { recursive: true })
const directory = mkdtempSync(join(cache, 'rockpool-create-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

interface Outcome {
  readonly code: number
  readonly output: string
}

function node(args: readonly string[], cwd: string): Promise<Outcome> {
  // A test runner inside a test runner would report to the outer one.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd, env, maxBuffer: 1e8 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr })
    })
  })
}

describe('a created plugin', () => {
  it('builds and passes its own tests and the conformance suite', async () => {
    const place = join(directory, 'tide')
    const { files } = createPlugin('tide-table', place)
    expect(files).toContain('src/tide-table.ts')
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
    expect(await node([tsc], place)).toEqual({ code: 0, output: '' })
    const { scripts } = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8')) as {
      scripts: { test: string }
    }
    const [, ...words] = (scripts.test.split(' && ')[1] ?? '').split(' ')
    const { code, output } = await node(words, place)
    expect(output).toMatch(/[#ℹ] fail 0\n/u)
    expect(Number(/[#ℹ] pass (\d+)/u.exec(output)?.[1])).toBeGreaterThan(15)
    expect(code).toBe(0)
  }, 120_000)

  it('names what there is, and what comes next', async () => {
    const { code, output } = await node([entry, 'low-tide'], directory)
    expect(code).toBe(0)
    expect(output).toContain('rockpool-plugin-low-tide in rockpool-plugin-low-tide:\n  package.json\n')
    expect(output).toContain('  cd rockpool-plugin-low-tide\n  npm install\n  npm test\n')
    expect(existsSync(join(directory, 'rockpool-plugin-low-tide', 'README.md'))).toBe(true)
    expect((await node([entry, 'ebb', '--directory', 'elsewhere'], directory)).code).toBe(0)
    expect(readdirSync(join(directory, 'elsewhere', 'src'))).toContain('ebb.ts')
  })

  it('overwrites nothing', async () => {
    const place = join(directory, 'full')
    mkdirSync(place)
    writeFileSync(join(place, 'mine.txt'), 'mine')
    expect(() => createPlugin('tide', place)).toThrow(/is not empty: it has mine.txt/)
    expect(readdirSync(place)).toEqual(['mine.txt'])
    const again = await node([entry, 'low-tide', '--directory', place], directory)
    expect(again).toEqual({ code: 2, output: expect.stringContaining('is not empty') })
  })

  it.each([[[]], [['two', 'names']], [['Not-A-Name']], [['tide', '--colour']]])(
    'is not made of %j',
    async (words) => {
      const { code, output } = await node([entry, ...words], directory)
      expect(code).toBe(2)
      expect(output).toMatch(/^create-rockpool-plugin: /)
    },
  )

  it('has help', async () => {
    expect(await node([entry, '--help'], directory)).toEqual({
      code: 0,
      output: expect.stringMatching(/^Usage: npm create/),
    })
  })
})
