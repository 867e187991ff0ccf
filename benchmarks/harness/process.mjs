// A client's process as the runner sees it: commands go in, results come out, one at a time.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { startGo } from './go-process.mjs'

const workerFile = fileURLToPath(new URL('./worker.mjs', import.meta.url))

/** Asks the child one thing; rejects with its error, or when it ends instead of answering. */
function ask(child, message) {
  return new Promise((done, fail) => {
    const settle = (act) => {
      child.off('message', onMessage).off('exit', onExit)
      act()
    }
    const onMessage = ({ result, error }) =>
      settle(() => (error === undefined ? done(result) : fail(new Error(error))))
    const onExit = (code, signal) => settle(() => fail(new Error(`the client ended: ${code ?? signal}`)))
    child.on('message', onMessage).on('exit', onExit)
    child.send(message)
  })
}

/** Starts a process for `client` and opens it; `flags` are Node's (`--cpu-prof`), `env` is added to its variables. */
export async function startClient(client, setup, { pin, node, flags = [], env: more = {} }) {
  if (client === 'go-http') return startGo(setup, { pin })
  const [command, ...args] = [...pin, node, '--expose-gc', ...flags, workerFile]
  const trust = setup.caFile === undefined ? {} : { NODE_EXTRA_CA_CERTS: setup.caFile }
  const env = { ...process.env, NODE_NO_WARNINGS: '1', ...trust, ...more }
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], env })
  const ended = new Promise((done) => child.once('exit', done))
  try {
    const module = new URL(`../clients/${client}.mjs`, import.meta.url).href
    const { version } = await ask(child, { command: 'open', module, setup })
    return {
      client,
      version,
      pid: child.pid,
      run: (ms, bounds) => ask(child, { command: 'run', ms, ...bounds }),
      runCount: (count) => ask(child, { command: 'run', count }),
      heap: () => ask(child, { command: 'heap' }),
      async close() {
        if (child.connected) child.send({ command: 'close' })
        await ended
      },
      async kill() {
        child.kill('SIGKILL')
        await ended
      },
    }
  } catch (error) {
    child.kill()
    await ended
    throw error
  }
}
