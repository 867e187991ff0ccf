import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const main = fileURLToPath(new URL('./main.mjs', import.meta.url))

it('the composing example bundles three programs that run, each heavier than the one before', async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [main], { timeout: 60_000 })
  expect(stderr).toBe('')
  const lines = stdout.trimEnd().split('\n')
  expect(lines.map((line) => line.replace(/.*prints: /, ''))).toEqual([
    '200 hello',
    '200 hello TLSv1.3',
    '200 hello 302',
  ])
  const sizes = lines.map((line) => Number(/([\d.]+) kB/.exec(line)?.[1]))
  expect(sizes).toEqual([...sizes].sort((one, other) => one - other))
  expect(new Set(sizes).size).toBe(3)
  expect(sizes[2]).toBeLessThan(200)
})
