import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const main = fileURLToPath(new URL('./main.mjs', import.meta.url))

it('the cache example answers from its store, by variant, validates, invalidates, and stands in for a broken origin', async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [main], { timeout: 30_000 })
  expect(stderr).toBe('')
  const lines = stdout.split('\n')
  expect(lines.slice(0, 7)).toEqual([
    '/fresh : 200 hello in en; asked: GET /fresh',
    '/fresh : 200 hello in en; asked: nobody',
    '/fresh fr: 200 hello in fr; asked: GET /fresh',
    '/fresh fr: 200 hello in fr; asked: nobody',
    '/stale : 200 hello in en; asked: GET /stale',
    '/stale : 200 hello in en; asked: GET /stale if changed',
    '/fresh : 200 hello in en; asked: GET /fresh',
  ])
  expect(lines[7]).toMatch(/^\/stale : 200 hello in en; asked: GET \/stale if changed/)
  expect(stdout).toContain('staleOnError: 1')
})
