// The example as a user runs it: against the built packages, in a process of its own that ends by itself.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

it('the example shows a retry, a redirect, a POST that is not repeated and a loop that ends', () => {
  const file = fileURLToPath(new URL('./main.mjs', import.meta.url))
  const printed = execFileSync(process.execPath, [file], { encoding: 'utf8', timeout: 20_000 })
  expect(printed).toContain('PUT → 308 to /archive; redirect after 0 ms')
  expect(printed).toContain('200 PUT /archive with 37 characters')
  expect(printed).toContain('200 GET /result?q=crab with 0 characters')
  expect(printed).toContain('POST /hang-up\n  ProtocolError')
  expect(printed).toContain('MaxRetryError: too many redirects, after 5 redirects')
})
