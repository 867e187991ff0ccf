// The generated part of benchmarks/README.md: every promise with what became of it, then every figure of every row.
import { perSecond } from './micro-row.mjs'
import { bound, number, share } from './report.mjs'

const START = '<!-- results -->'
const END = '<!-- /results -->'

const line = (cells) => `| ${cells.join(' | ')} |`
const head = (titles) => [
  line(titles),
  line(titles.map((title, index) => (index === 0 || title === '' ? '---' : '--:'))),
]

const MEASURES = {
  rate: 'requests/s',
  cpu: 'CPU',
  p50: 'median latency',
  ms: 'CPU time of the import',
  packedKB: 'size as npm packs it, kB',
  growth: 'growth of CPU per request',
  perUnit: 'CPU µs for each one more',
  heapPerUnit: 'KiB of heap for each one more',
  ns: 'time alone',
  rssGrowth: 'growth of peak memory, MiB',
  heapGrowth: 'bytes of heap gained per request',
  full: 'full handshakes after the warm-up',
  heldMore: 'kinds of resources of which more are held at the end',
}

const FLAGS = {
  met: 'met',
  missed: '**missed**',
  'within noise': 'within noise',
  'not measured': 'not measured',
}

const figure = (value) => (Math.abs(value) < 10 ? value.toFixed(2) : value.toFixed(1))

function targetLine(row, target) {
  const what = `${target.client}: ${MEASURES[target.measure] ?? target.measure}${target.against === undefined ? '' : ` / ${target.against}`}`
  const value =
    target.value === undefined
      ? '–'
      : `${figure(target.value)}${target.spread > 0 ? ` ± ${figure(target.spread)}` : ''}`
  const by = target.by === undefined || target.by === target.measure ? '' : ` (${target.by})`
  return line([
    `${row.name}${row.node === undefined ? '' : `, Node ${row.node}`}`,
    what + by,
    value,
    bound(target),
    FLAGS[target.verdict],
  ])
}

function compareDetails(row) {
  const peers = row.targets
    .map(({ against }) => against)
    .filter((name, index, all) => row.ratios[name] !== undefined && all.indexOf(name) === index)
  const counted = row.clients.some(({ handshakes }) => handshakes !== undefined)
  const titles = [
    'client',
    'requests/s',
    'CPU µs',
    'p50 ms',
    'p99 ms',
    'RSS MiB',
    'server idle',
    'others',
    'rounds',
    ...(counted ? ['full handshakes', 'resumed'] : []),
  ]
  const rows = row.clients.map((entry) =>
    line([
      `${entry.client} ${entry.version ?? ''}`.trim(),
      `${number(entry.rate)} ± ${number(entry.rateSpread)}`,
      `${number(entry.cpu)} ± ${number(entry.cpuSpread)}`,
      entry.p50.toFixed(3),
      entry.p99.toFixed(3),
      entry.rss.toFixed(0),
      share(entry.serverIdle),
      share(entry.others),
      entry.rounds,
      ...(counted ? [entry.handshakes.full, entry.handshakes.resumed] : []),
      ...peers.map((peer) => {
        const { rate, cpu } = row.ratios[entry.client][peer]
        return `${rate.toFixed(2)}, ${cpu.toFixed(2)}`
      }),
    ]),
  )
  return [...head([...titles, ...peers.map((peer) => `rate, CPU / ${peer}`)]), ...rows]
}

function seriesDetails(row) {
  const clients = [...new Set(row.points.map(({ client }) => client))]
  const cell = (client, size) => {
    const point = row.points.find((candidate) => candidate.client === client && candidate.size === size)
    return point === undefined
      ? '–'
      : `${number(point.cpu)} µs, ${number(point.heap / 1024)} KiB, ${point.rss.toFixed(0)} MiB`
  }
  return [
    `CPU per request, JS heap at rest, peak RSS, by ${row.of}:`,
    '',
    ...head(['client', ...row.sizes.map((size) => size.toLocaleString('en-GB').replaceAll(',', ' '))]),
    ...clients.map((client) => line([client, ...row.sizes.map((size) => cell(client, size))])),
  ]
}

const startDetails = (row) => [
  ...head(['import', 'CPU ms']),
  ...row.points.map(({ client, ms, msSpread }) =>
    line([client, `${ms.toFixed(1)} ± ${msSpread.toFixed(1)}`]),
  ),
  '',
  row.packed.packedKB === undefined
    ? ''
    : `${row.packed.name}: ${row.packed.packedKB.toFixed(1)} kB packed, ${row.packed.unpackedKB.toFixed(0)} kB unpacked, ${row.packed.files} files.`,
]

const heapDetails = (row) => [
  ...head(['held at rest', 'after the first slice', 'at the end', 'allowed']),
  ...row.counts.map(({ what, before, after, allowed }) => line([what, before, after, allowed])),
]

const microDetails = (row) => [
  ...head(['alone', 'ns', 'per second', 'yardsticks']),
  ...row.points.map(({ client, ns, bytes, ratio }) =>
    line([client, number(ns), perSecond({ ns, bytes }), ratio.toFixed(3)]),
  ),
]

const details = {
  compare: compareDetails,
  series: seriesDetails,
  start: startDetails,
  heap: heapDetails,
  micro: microDetails,
}

function section(row) {
  const title = `${row.name}: ${row.title}${row.node === undefined ? '' : `, Node ${row.node}`}`
  const missing = row.missing.map(({ client, reason }) => `Not measured: ${client} (${reason}).`)
  return [
    '<details>',
    `<summary>${title}</summary>`,
    '',
    ...details[row.kind](row),
    ...(missing.length > 0 ? ['', ...missing] : []),
    '',
    '</details>',
    '',
  ]
}

function summary(report) {
  const targets = report.rows.flatMap((row) => row.targets.map((target) => ({ row, target })))
  const count = (verdict) => targets.filter(({ target }) => target.verdict === verdict).length
  const { node, cpu, cores, memoryGiB, platform, date } = report.machine
  const versions = new Map(
    report.rows
      .flatMap(({ clients }) => clients)
      .map(({ client, version }) => [`${client} ${version}`, `${client} ${version}`]),
  )
  const busy = report.rows.flatMap(({ clients }) => clients).filter(({ others }) => others > 0.25).length
  return [
    `${date.slice(0, 10)}, ${cpu} × ${cores}, ${memoryGiB} GiB, ${platform}, Node ${node}, server ${report.server}; \`${report.command}\`, ${report.seconds} s.`,
    busy === 0
      ? 'The machine was quiet.'
      : `The machine was busy with other work during ${busy} of the measurements: their rates are judged by CPU time, and their spread is larger than on a quiet one.`,
    '',
    `Versions: ${[...versions.values()]
      .filter((text) => !/^(floor|rockpool)/.test(text))
      .sort()
      .join(', ')}.`,
    '',
    `Of ${targets.length} targets ${count('met')} are met, ${count('missed')} missed, ${count('within noise')} missed by no more than the noise of the run, ${count('not measured')} not measured.`,
    '',
    ...head(['row', 'measure', 'reached', 'target', '']),
    ...targets.map(({ row, target }) => targetLine(row, target)),
  ]
}

const CHARTS = [
  '![Requests per second of every client in every row](results/chart.svg)',
  '',
  '![How the cost of a request grows](../docs/benchmark-scale.svg)',
]

/** `text`, with what stands between the markers replaced by the results. */
export function withResults(text, report) {
  const [from, to] = [text.indexOf(START), text.indexOf(END)]
  if (from < 0 || to < from) throw new Error(`benchmarks/README.md needs ${START} and ${END}`)
  const generated = [
    ...summary(report),
    '',
    ...CHARTS,
    '',
    '### Every figure',
    '',
    ...report.rows.flatMap(section),
  ]
  return `${text.slice(0, from + START.length)}\n\n${generated.join('\n').trim()}\n\n${text.slice(to)}`
}
