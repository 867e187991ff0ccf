// A process that is stopped and goes on later, as a debugger, a container or the lid of a laptop do it: when it wakes its
// time-outs have passed, but so has the answer come. What is in the kernel counts, not the hour at which it is looked at.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gate, response, type ScriptedConnection, scriptedServer, until } from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'

const READ_MS = 250
/** How long it is stopped: well beyond its time-out. That this time passes is the fault itself. */
const STOPPED_MS = process.env.FAULTS === 'full' ? 3_000 : 600
const script = fileURLToPath(new URL('stopped-process.mjs', import.meta.url))

const isStopped = (pid: number): boolean =>
  readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.startsWith('T') ?? false

async function outcomesOf(withAnswer: boolean): Promise<{ outcomes: unknown; connections: number }> {
  const asked = gate()
  const serve = async (connection: ScriptedConnection): Promise<void> => {
    for (;;) {
      const { target } = await connection.readRequest()
      if (target === '/stopped') await connection.waitAt(asked)
      // A client that gave up has gone by now.
      if (connection.isOpen) await connection.send(response(200, `answer to ${target}`))
    }
  }
  await using server = await scriptedServer(serve, { record: false })
  const child = spawn(process.execPath, [script, String(server.port), String(READ_MS)])
  const { pid } = child
  if (pid === undefined) throw new Error('no process')
  const ended = new Promise<string>((resolve) => {
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString()
    })
    child.once('close', () => resolve(said))
  })
  await asked.reached
  child.kill('SIGSTOP')
  await until(() => isStopped(pid), { what: 'the process to be stopped' })
  if (withAnswer) asked.open()
  await new Promise((resolve) => setTimeout(resolve, STOPPED_MS))
  child.kill('SIGCONT')
  if (!withAnswer)
    await until(() => server.openConnections === 0 || server.connections.length > 1, {
      what: 'the end of the connection on which nothing came',
    })
  asked.open()
  return { outcomes: JSON.parse(await ended), connections: server.connections.length }
}

// Only Linux shows in /proc that a process has been stopped.
describe.skipIf(process.platform !== 'linux')(
  'a process that was stopped for longer than its time-out',
  () => {
    it('gets the answer that came meanwhile, and uses the connection again', async () => {
      const { outcomes, connections } = await outcomesOf(true)
      expect(outcomes).toEqual(['answer to /warm', 'answer to /stopped', 'answer to /again'])
      expect(connections).toBe(1)
    })

    it('times out when none came', async () => {
      const { outcomes } = await outcomesOf(false)
      expect(outcomes).toEqual(['answer to /warm', 'ReadTimeoutError in phase wait', 'answer to /again'])
    })
  },
)
