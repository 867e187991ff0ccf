// The micro-benchmarks as a row of the whole run, and one of them as both see it.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { subjects } from '../micro/subjects.mjs'
import { gapOf, verdictOf } from './judge.mjs'

const measureFile = fileURLToPath(new URL('../micro/measure.mjs', import.meta.url))

export const microRow = {
  name: 'micro',
  title: 'the pure parts of a request alone',
  micro: true,
  targets: [
    {
      client: 'pool look-up, 10 000 origins',
      against: 'pool look-up, 10 origins',
      measure: 'ns',
      atMost: 1.3,
    },
  ],
}

/** `{ ns, yardstickNs, ratio, bytes }` of one subject, in a process of its own. */
export function measureSubject(name, { node, pin }) {
  const [command, ...args] = [...pin, node, measureFile, name]
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0)
    throw new Error(`${name}: ${stderr.split('\n').find((line) => /Error/.test(line)) ?? stderr}`)
  return JSON.parse(stdout)
}

export const perSecond = ({ ns, bytes }) =>
  bytes === undefined ? `${(1e3 / ns).toFixed(2)} M/s` : `${((bytes * 1e3) / ns).toFixed(0)} MB/s`

export const describeSubject = ({ ns, bytes, ratio }) => {
  const time = `${ns < 1e4 ? ns.toFixed(1) : Math.round(ns)} ns`
  return time.padStart(12) + perSecond({ ns, bytes }).padStart(12) + ratio.toFixed(3).padStart(10)
}

function judge(target, points) {
  const ratioOf = (name) => points.find(({ client }) => client === name)?.ratio
  const value = ratioOf(target.client) / ratioOf(target.against)
  if (Number.isNaN(value)) return { ...target, verdict: 'not measured' }
  return {
    ...target,
    value,
    spread: 0,
    error: 0,
    by: 'time of the best run',
    verdict: verdictOf(gapOf(target, value), 0),
  }
}

/** Measures every subject. */
export function runMicroRow(row, _servers, { place }) {
  const points = []
  const missing = []
  for (const client of Object.keys(subjects)) {
    try {
      const found = measureSubject(client, place)
      points.push({ client, ...found, text: describeSubject(found) })
    } catch (error) {
      missing.push({ client, reason: error.message, detail: error.message })
    }
  }
  return {
    kind: 'micro',
    name: row.name,
    title: row.title,
    points,
    clients: [],
    targets: row.targets.map((target) => judge(target, points)),
    missing,
  }
}
