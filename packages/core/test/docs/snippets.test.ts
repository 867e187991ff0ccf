/**
 * The documentation tells the truth: its code compiles, runs and prints what it promises, and its links lead somewhere.
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aimed, type Document, decisions, documents, keepsPromise, root, snippetsOf } from './snippets.js'
import { toJavaScript, typeErrors } from './type-check.js'

interface EmbeddedOrigin {
  readonly port: number
  close(): Promise<void>
}

const all = documents()
const snippets = all.flatMap(snippetsOf)
// Inside the repository, so that imports are found as a user's would be.
const cache = join(root, 'node_modules', '.cache')
mkdirSync(cache, { recursive: true })
const directory = mkdtempSync(join(cache, 'rockpool-snippets-'))
let origin: EmbeddedOrigin
let faults: string[][]

beforeAll(async () => {
  const place = pathToFileURL(join(root, 'examples', 'quickstart', 'origin.mjs')).href
  const { startOrigin } = (await import(/* @vite-ignore */ place)) as {
    startOrigin(): Promise<EmbeddedOrigin>
  }
  origin = await startOrigin()
  faults = typeErrors(
    snippets.map(({ code }) => code),
    directory,
  )
}, 120_000)

afterAll(async () => {
  rmSync(directory, { recursive: true, force: true })
  await origin.close()
})

function run(file: string): Promise<{ code: number | string; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [file], { timeout: 15_000 }, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stdout, stderr })
    })
  })
}

describe('the code in the documentation', () => {
  it('is there to be checked', () => {
    expect(snippets.filter(({ runs }) => runs).length).toBeGreaterThan(5)
  })

  it.each(snippets.map((snippet, index) => ({ ...snippet, index })))('compiles: $place', ({ index }) => {
    expect(faults[index]).toEqual([])
  })

  it.each(snippets.filter(({ runs }) => runs))(
    'runs and prints what it promises: $place',
    async ({ code, output, place }) => {
      const file = join(directory, `${place.replaceAll(/[^a-zA-Z0-9]+/g, '-')}.mjs`)
      writeFileSync(file, toJavaScript(aimed(code, origin.port)))
      const { code: exit, stdout, stderr } = await run(file)
      expect(exit, stderr).toBe(0)
      if (output.length === 0) return
      const printed = stdout.trimEnd().split('\n')
      expect(printed, stdout).toHaveLength(output.length)
      for (const [index, promised] of output.entries()) {
        expect(
          keepsPromise(printed[index], promised),
          `printed ${printed[index]}, promised ${promised}`,
        ).toBe(true)
      }
    },
  )
})

describe('the documentation', () => {
  const links = [...all, ...decisions()].flatMap(({ path, text }) =>
    [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, target]) => ({ path, target: target ?? '' })),
  )

  it.each(links)('has a link that leads somewhere: $path → $target', ({ path, target }) => {
    expect(existsSync(join(root, dirname(path), target))).toBe(true)
  })

  it.each(decisions())('keeps a decision short and numbered: $path', ({ path, text }) => {
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(40)
    expect(text).toMatch(new RegExp(`^# ${/(\d{3})-/.exec(path)?.[1]}: `))
  })

  it('keeps the examples of the README to ten lines, imports aside', () => {
    const examples = snippetsOf(all[0] as Document).map(({ code }) =>
      code.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('import ')),
    )
    expect(Math.max(...examples.map((lines) => lines.length))).toBeLessThanOrEqual(10)
  })

  const files = all.flatMap(({ path, text }) =>
    [...text.matchAll(/`((?:[\w-]+\/)+[\w.-]+\.(?:ts|mjs|json))`/g)].map(([, file]) => ({
      path,
      file: file ?? '',
    })),
  )

  it.each(files)('names a file that exists: $path → $file', ({ path, file }) => {
    const places = [root, join(root, dirname(path)), join(root, 'packages', 'core', 'src')]
    expect(places.some((place) => existsSync(join(place, file)))).toBe(true)
  })
})
