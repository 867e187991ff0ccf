// npm run bench:heap             a million requests of every kind, everything installed: nothing may grow; ends with 1 if it does
// npm run bench:heap -- --quick  50 000 requests
import { parseArgs } from 'node:util'
import { chooseNode, choosePins } from './harness/environment.mjs'
import { heapRow, runHeap } from './harness/heap.mjs'
import { reportRow } from './harness/report.mjs'
import { startServers } from './servers/start.mjs'

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, requests: { type: 'string' } },
})
const node = chooseNode(undefined)
const pins = choosePins()
const servers = await startServers({ pin: pins.server, node })
try {
  const requests = Number(options.requests ?? (options.quick ? 50_000 : heapRow.requests))
  const result = await runHeap(heapRow, servers, { place: { pin: pins.client, node }, pace: { requests } })
  process.stdout.write(`${reportRow(result)}\n`)
  if (result.targets.some(({ verdict }) => verdict === 'missed')) process.exitCode = 1
} finally {
  servers.stop()
}
