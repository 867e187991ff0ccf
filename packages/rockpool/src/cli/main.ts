#!/usr/bin/env node
// `rockpool`: the command. It only ties run.ts to this process.
import { run } from './run.js'

const interruption = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort())
// Whoever reads may stop early: rockpool … | head
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

process.exitCode = await run(process.argv.slice(2), {
  // Looking at it opens it, so not before it is wanted.
  get stdin() {
    return process.stdin
  },
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signal: interruption.signal,
  now: () => performance.now(),
})
