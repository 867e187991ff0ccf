import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const main = fileURLToPath(new URL('./main.mjs', import.meta.url))

it('the pinning example accepts the two announced keys and refuses the third', async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [main], { timeout: 30_000 })
  expect(stderr).toBe('')
  const lines = stdout.trimEnd().split('\n')
  expect(lines[0]).toMatch(/^the key in use: 200, key sha256\//)
  expect(lines[1]).toMatch(/^the key that follows: 200, key sha256\//)
  expect(lines[2]).toBe('a key nobody announced: refused, nothing was sent')
  expect(lines[3]).toMatch(/^ {2}key sha256\/.{44} is not among the pins of localhost$/)
  expect(lines).toHaveLength(4)
})
