// npm run bench:scale             what a request costs with 1 to 10 000 connections and origins, 0 to 20 plugins, bodies of 0 B
//                                 to 1 GiB, 1 to 100 header lines: about five minutes; writes results/scale.json and docs/benchmark-scale.svg
// npm run bench:scale -- --quick  fewer sizes and rounds; writes results/scale-partial.json and .svg
// npm run bench:scale -- --only grow-origins
import { parseArgs } from 'node:util'
import { bodySizes, growthRows } from './growth-rows.mjs'
import { chooseNode, choosePins, describeMachine } from './harness/environment.mjs'
import { describeTarget, reportRow } from './harness/report.mjs'
import { runSeries } from './harness/series.mjs'
import { writeScale } from './harness/write-report.mjs'
import { startServers } from './servers/start.mjs'

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string' } },
})
const say = (text) => process.stdout.write(`${text}\n`)
const wanted = options.only?.split(',')
const pace = options.quick
  ? { rounds: 3, scale: 0.4, warmUpMs: 300 }
  : { rounds: 5, scale: 0.7, warmUpMs: 600 }

const began = performance.now()
const node = chooseNode(undefined)
const pins = choosePins()
const servers = await startServers({ pin: pins.server, node, bodySizes })
try {
  const report = { machine: describeMachine(node), server: servers.name, rows: [] }
  say(`Node ${report.machine.node}, ${report.machine.cpu} × ${report.machine.cores}, server: ${servers.name}`)
  for (const row of growthRows.filter(({ name }) => wanted?.includes(name) ?? true)) {
    const result = await runSeries(row, servers, {
      place: { pin: pins.client, node },
      pace,
      few: options.quick,
    })
    say(reportRow(result))
    report.rows.push(result)
  }
  report.seconds = Math.round((performance.now() - began) / 1000)
  writeScale(report, { publish: wanted === undefined && !options.quick })
  for (const target of report.rows
    .flatMap(({ targets }) => targets)
    .filter(({ verdict }) => verdict === 'missed'))
    say(`missed: ${describeTarget(target)}`)
  say(`${report.seconds} s`)
} finally {
  servers.stop()
}
