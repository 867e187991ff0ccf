#!/usr/bin/env node
// `rockpool`: the command. It only ties run.ts to this process.
import { EXIT } from './io.js'
import { run } from './run.js'

const interruption = new AbortController()
// Once each: whoever presses Ctrl-C again gets what the terminal does with it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort(signal))
// Whoever reads may stop early: rockpool … | head. A full disk is another matter.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') process.exitCode = EXIT.unwritable
})
process.stderr.on('error', () => undefined)

const code = await run(process.argv.slice(2), {
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
// What stdout could not take may have been noticed already.
process.exitCode ||= code
