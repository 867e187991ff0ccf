import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const main = fileURLToPath(new URL('./main.mjs', import.meta.url))

it('the proxy example forwards, bypasses, answers a challenge, and is refused in plain words', async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [main], { timeout: 30_000 })
  expect(stderr).toBe('')
  expect(stdout).toContain('forwarded: 200, tcp\n')
  expect(stdout).toContain('without, for this one: 200, tcp\n')
  expect(stdout).toContain('from the environment: 200, tcp\n')
  expect(stdout).toContain('asked, then answered: 200, tcp\n')
  expect(stdout.match(/knows nothing/g)).toHaveLength(4)
  expect(stdout).toContain('the proxy: GET /d, GET /d\n')
  expect(stdout).toMatch(/refused: 407, .*did not accept the credentials/)
  expect(stdout).not.toContain('wrong')
})
