import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const main = fileURLToPath(new URL('./main.mjs', import.meta.url))

it('the bearer example refreshes once for eight calls, takes a second 401 for an answer, and names who failed', async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [main], { timeout: 30_000 })
  expect(stderr).toBe('')
  const lines = stdout.trimEnd().split('\n')
  expect(lines[0]).toBe('8 of 8 calls answered, over 1 connection')
  expect(lines[1]).toMatch(/hasToken: true, refreshes: 1 }$/)
  expect(lines[2]).toBe('refused: 401, after bearer')
  expect(lines[3]).toBe('bearer in onRequest: the vault is sealed')
  expect(stdout).not.toMatch(/token-\d/)
})
