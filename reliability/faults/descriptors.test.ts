// A process that has no file descriptor left: a typed failure for whom there is none, service as before once there is.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import {
  answerAll,
  gate,
  readRequest,
  response,
  type ScriptedConnection,
  scriptedServer,
  waitAt,
} from '@rockpool/testkit'
import { expect, it } from 'vitest'

it.skipIf(process.platform === 'win32')(
  'a process without descriptors gets typed failures, and recovers',
  async () => {
    const refused = gate()
    const answer = (connection: ScriptedConnection): Promise<void> => connection.send(response(200, 'x'))
    await using server = await scriptedServer([
      readRequest(),
      waitAt(refused),
      answer,
      answerAll(response(200, 'x')),
    ])
    const script = fileURLToPath(new URL('without-descriptors.mjs', import.meta.url))
    const child = spawn('sh', [
      '-c',
      `ulimit -n 200 && exec "$0" "$@"`,
      process.execPath,
      script,
      String(server.port),
    ])
    let said = ''
    let complaint = ''
    child.stderr.on('data', (chunk: Buffer) => {
      complaint += chunk.toString()
    })
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (said.includes('refused')) refused.open()
    })
    const code = await new Promise((resolve) => child.once('close', resolve))
    expect(complaint).toBe('')
    expect(code).toBe(0)
    const result: unknown = JSON.parse(said.trim().split('\n').at(-1) ?? '')
    expect(result).toEqual({
      outcomes: ['200', 'NewConnectionError connect nothing EMFILE'],
      again: ['200'],
      busy: 0,
    })
  },
)
