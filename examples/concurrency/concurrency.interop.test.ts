import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const main = fileURLToPath(new URL('./main.mjs', import.meta.url))

it('the concurrency example bounds its connections, its line and its waits, and is fair', async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [main], { timeout: 30_000 })
  expect(stderr).toBe('')
  expect(stdout.trimEnd().split('\n')).toEqual([
    '30 calls: 3 connections are being opened, 30 calls in line',
    '  30 answers over 3 connections',
    '  the origin never saw more than 3 at once',
    'in the order of the calls: /first /second /third /fourth',
    'a wait that is too long: ERR_EMPTY_POOL, sent: nothing',
    'a line that is full: 200',
    'a line that is full: 200',
    'a line that is full: 200',
    'a line that is full: ERR_QUEUE_FULL',
    'aborted in line: no longer needed; the next one: 200',
    'a stream that nobody reads: 1 call in line',
    '  drained: 200, over 1 connection',
  ])
})
