// Results as text for a terminal.

const columns = [
  ['client', 18, (entry) => entry.client.padEnd(18)],
  ['version', 10, (entry) => String(entry.version ?? '').padEnd(10)],
  ['req/s', 9, (entry) => number(entry.rate)],
  ['CPU µs', 9, (entry) => number(entry.cpu)],
  ['p50 ms', 9, (entry) => entry.p50.toFixed(3)],
  ['p99 ms', 9, (entry) => entry.p99.toFixed(3)],
  ['RSS MiB', 8, (entry) => entry.rss.toFixed(0)],
  ['server idle', 12, (entry) => share(entry.serverIdle)],
  ['others', 7, (entry) => share(entry.others)],
  ['rounds', 7, (entry) => String(entry.rounds)],
]

export const number = (value) =>
  value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString('en-GB').replaceAll(',', ' ')
export const share = (value) =>
  value === undefined || Number.isNaN(value) ? '–' : `${Math.round(value * 100)} %`

const COMPARED_WITH = [
  'floor',
  'undici-request',
  'undici-dispatch',
  'undici-composed',
  'undici-stream',
  'undici-proxy',
]

/** Of rows in which the server counts handshakes: how many were full, and how many resumed a session. */
const handshakeColumns = (result) =>
  result.clients.some(({ handshakes }) => handshakes !== undefined)
    ? [['full, resumed', 14, ({ handshakes }) => `${handshakes.full}, ${handshakes.resumed}`]]
    : []

/** Speed and CPU time relative to those that targets name: "3.10 | 0.32" is 3.1 times as fast for a third of the CPU. */
function ratioColumns(result) {
  const show = ({ rate, cpu }) => `${rate.toFixed(2)} | ${cpu.toFixed(2)}`
  return COMPARED_WITH.filter((name) => result.ratios[name] !== undefined).map((name) => [
    `× ${name}`,
    Math.max(13, name.length + 4),
    (entry) => show(result.ratios[entry.client][name]),
  ])
}

function table(result) {
  const all = [...columns, ...handshakeColumns(result), ...ratioColumns(result)]
  const line = (cells) => `  ${cells.map((cell, index) => cell.padStart(all[index][1])).join(' ')}`
  return [
    line(all.map(([title, width], index) => (index < 2 ? title.padEnd(width) : title))),
    ...result.clients.map((entry) => line(all.map(([, , show]) => show(entry)))),
  ]
}

const pad = (cells) =>
  `  ${cells.map((cell, index) => (index === 0 ? cell.padEnd(20) : cell.padStart(16))).join(' ')}`

/** CPU µs per request and, behind the bar, KiB of heap at the end, for each size. */
function seriesTable({ of, sizes, points }) {
  const clients = [...new Set(points.map(({ client }) => client))]
  const cell = (client, size) => {
    const point = points.find((candidate) => candidate.client === client && candidate.size === size)
    return point === undefined ? '–' : `${point.cpu.toFixed(1)} | ${Math.round(point.heap / 1024)}`
  }
  return [
    `  CPU µs | heap KiB, by ${of}`,
    pad(['', ...sizes.map(String)]),
    ...clients.map((client) => pad([client, ...sizes.map((size) => cell(client, size))])),
  ]
}

const startTable = ({ points, packed }) => [
  ...points.map(({ client, ms, msSpread }) => pad([client, `${ms.toFixed(1)} ± ${msSpread.toFixed(1)} ms`])),
  packed.packedKB === undefined
    ? '  the packed size could not be told'
    : `  ${packed.name}: ${packed.packedKB.toFixed(1)} kB packed, ${packed.unpackedKB.toFixed(0)} kB in ${packed.files} files`,
]

const heapTable = ({ counts }) =>
  counts.map(({ what, before, after, allowed }) =>
    pad([what.slice(0, 20), `${before}`, `${after}`, `≤ ${allowed}`]),
  )

const microTable = ({ points }) => points.map(({ client, text }) => `  ${client.padEnd(30)} ${text}`)

const tables = { compare: table, series: seriesTable, start: startTable, heap: heapTable, micro: microTable }

export const bound = (target) => (target.atLeast === undefined ? `≤ ${target.atMost}` : `≥ ${target.atLeast}`)

/** One promise and what became of it, on one line. */
export function describeTarget(target) {
  const what = [target.client, target.measure, target.against && `/ ${target.against}`]
    .filter(Boolean)
    .join(' ')
  if (target.value === undefined) return `${what} ${bound(target)}: ${target.verdict}`
  const by = target.by === undefined || target.by === target.measure ? '' : ` (by ${target.by})`
  const digits = target.value < 0.1 ? 4 : 2
  return `${what} ${bound(target)}: ${target.value.toFixed(digits)} ± ${target.spread.toFixed(digits)}, ${target.verdict}${by}`
}

/** One row, readable. */
export function reportRow(result) {
  return [
    '',
    `${result.name}: ${result.title}${result.node === undefined ? '' : `, Node ${result.node}`}`,
    ...tables[result.kind](result),
    ...result.targets.map((target) => `  → ${describeTarget(target)}`),
    ...result.missing.map(({ client, reason }) => `  – ${client}: ${reason}`),
  ].join('\n')
}
