/** The command in a process of its own, as it is published. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'

const entry = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** A directory of the test file's own, and names in it that nobody has used. */
export const directory: string = mkdtempSync(join(tmpdir(), 'rockpool-command-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))
let files = 0
export const newFile = (): string => join(directory, `file-${++files}`)

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly outcome: Promise<Outcome>
  readonly stdout: Readable
  interrupt(signal?: NodeJS.Signals): void
}

export function start(
  words: readonly string[],
  input: string | Buffer = '',
  env: Record<string, string> = {},
  cwd = directory,
): Running {
  const clean = Object.entries(process.env).filter(([name]) => !/_proxy$/i.test(name))
  const child = spawn(process.execPath, [entry, ...words], {
    cwd,
    env: { ...Object.fromEntries(clean), ...env },
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text))
  child.stdin.on('error', () => undefined).end(input)
  const outcome = new Promise<Outcome>((resolve) =>
    child.once('close', (code) => resolve({ code, ...output })),
  )
  return { outcome, stdout: child.stdout, interrupt: (signal = 'SIGINT') => void child.kill(signal) }
}

export const command = (
  words: readonly string[],
  input?: string | Buffer,
  env?: Record<string, string>,
): Promise<Outcome> => start(words, input, env).outcome
