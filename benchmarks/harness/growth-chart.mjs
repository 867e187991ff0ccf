// The charts of growth: one panel per thing that grows, cost on a plain or logarithmic axis over sizes on a logarithmic one.
import { kindOf, picture, text } from './svg.mjs'

const PANEL = { width: 400, height: 240, left: 52, right: 96, top: 50, bottom: 34 }
const COLUMNS = 2
const MIB = 1_048_576
const units = [
  [1024 * MIB, 'G'],
  [MIB, 'M'],
  [1024, 'k'],
]

const sizeText = (size, isBytes) => {
  if (!isBytes) return size >= 1000 ? `${size / 1000}k` : String(size)
  const [unit, sign] = units.find(([least]) => size >= least) ?? [1, '']
  return `${size / unit}${sign}`
}

const costText = (cost) =>
  cost >= 1e6
    ? `${+(cost / 1e6).toPrecision(2)}M`
    : cost >= 1000
      ? `${+(cost / 1000).toPrecision(2)}k`
      : String(+cost.toPrecision(2))

/** Where sizes stand: evenly by logarithm, with 0 one step in front of the smallest. */
function across(sizes) {
  const positive = sizes.filter((size) => size > 0).map(Math.log10)
  const [least, most] = [Math.min(...positive), Math.max(...positive)]
  const from = sizes.includes(0) ? least - Math.max(0.3, (most - least) * 0.12) : least
  const span = most - from || 1
  return (size) =>
    PANEL.left +
    ((size === 0 ? 0 : Math.log10(size) - from) / span) * (PANEL.width - PANEL.left - PANEL.right)
}

function up(costs, isLog) {
  const height = PANEL.height - PANEL.top - PANEL.bottom
  const most = Math.max(...costs)
  if (!isLog) {
    const step = 10 ** Math.floor(Math.log10(most))
    const end = Math.ceil(most / step) * step
    return { ticks: [0, end / 2, end], y: (cost) => PANEL.top + height * (1 - cost / end) }
  }
  const from = Math.floor(Math.log10(Math.min(...costs)))
  const to = Math.ceil(Math.log10(most))
  const ticks = Array.from({ length: to - from + 1 }, (_, i) => 10 ** (from + i))
  return { ticks, y: (cost) => PANEL.top + height * (1 - (Math.log10(cost) - from) / (to - from || 1)) }
}

function line(points, x, y) {
  const kind = kindOf(points[0].client)
  const at = points.map(({ size, cost }) => `${x(size).toFixed(1)} ${y(cost).toFixed(1)}`)
  return [
    `<path class="line ${kind}" d="M${at.join('L')}"/>`,
    ...at.map((place) => {
      const [cx, cy] = place.split(' ')
      return `<circle class="dot-${kind}" cx="${cx}" cy="${cy}" r="3"/>`
    }),
  ].join('')
}

const NAMES = { floor: 'bare socket', 'floor-turns': 'bare sockets' }

/** Names at the line ends, moved apart where they would meet. */
function labels(lines, y) {
  let above = Number.NEGATIVE_INFINITY
  return lines
    .map((points) => ({ client: points[0].client, at: y(points.at(-1).cost) }))
    .sort((a, b) => a.at - b.at)
    .map(({ client, at }) => {
      above = Math.max(at + 4, above + 13)
      const name = NAMES[client] ?? client.replace(/^rockpool.*/, 'rockpool').replace('undici-', 'undici ')
      return text(PANEL.width - PANEL.right + 8, above, name, {
        classes: kindOf(client) === 'ours' ? 'strong small' : 'small',
      })
    })
}

/** One panel: `lines` are lists of `{ client, size, cost }`. */
function panel({ title, unit, lines, isBytes, isLog }) {
  const sizes = [...new Set(lines.flat().map(({ size }) => size))].sort((a, b) => a - b)
  const x = across(sizes)
  const { ticks, y } = up(
    lines.flat().map(({ cost }) => cost),
    isLog,
  )
  const end = PANEL.width - PANEL.right
  return [
    text(12, 18, title, { classes: 'strong' }),
    text(12, 33, unit, { classes: 'quiet small' }),
    ...ticks.map(
      (tick) =>
        `<path class="grid" d="M${PANEL.left} ${y(tick).toFixed(1)}H${end}"/>${text(PANEL.left - 6, y(tick) + 4, costText(tick), { anchor: 'end', classes: 'quiet small' })}`,
    ),
    ...spaced(sizes, x).map((size) =>
      text(x(size), PANEL.height - 14, sizeText(size, isBytes), { anchor: 'middle', classes: 'quiet small' }),
    ),
    ...lines.map((points) => line(points, x, y)),
    ...labels(lines, y),
  ].join('\n')
}

/** Sizes whose labels do not touch, the largest first. */
function spaced(sizes, x) {
  const kept = []
  for (const size of [...sizes].reverse())
    if (kept.length === 0 || x(kept.at(-1)) - x(size) > 26) kept.push(size)
  return kept
}

const linesOf = (row, costOf) =>
  [...new Set(row.points.map(({ client }) => client))].map((client) =>
    row.points
      .filter((point) => point.client === client)
      .sort((a, b) => a.size - b.size)
      .map((point) => ({ client, size: point.size, cost: costOf(point) })),
  )

/** Heap over that of the smallest size, per unit, where there is a larger one. */
function heapLines(row) {
  return linesOf(row, ({ heap }) => heap).map((points) =>
    points.slice(1).map(({ client, size, cost }) => ({
      client,
      size,
      cost: (cost - points[0].cost) / (size - points[0].size) / 1024,
    })),
  )
}

function panelsOf(row) {
  const cpu = linesOf(row, ({ cpu: cost }) => cost)
  switch (row.name) {
    case 'grow-connections': {
      const large = heapLines(row).map((points) => points.filter(({ size }) => size >= 64))
      return [
        { title: 'Connections', unit: 'CPU µs per request', lines: cpu },
        {
          title: 'Memory of a connection',
          unit: 'KiB of JS heap for each one more, by connections',
          lines: large,
        },
      ]
    }
    case 'grow-origins':
      return [{ title: 'Origins of one manager, asked in turn', unit: 'CPU µs per request', lines: cpu }]
    case 'grow-plugins':
      return [{ title: 'Plugins with two taps each', unit: 'CPU µs per request', lines: cpu }]
    case 'grow-fields':
      return [{ title: 'Header lines of the answer', unit: 'CPU µs per request', lines: cpu }]
    case 'grow-request-fields':
      return [{ title: 'Header lines of the request', unit: 'CPU µs per request', lines: cpu }]
    case 'grow-body': {
      const rss = linesOf(row, ({ rss: cost }) => cost)
      return [
        {
          title: 'Bytes of the answer, streamed',
          unit: 'CPU µs per request',
          lines: cpu,
          isBytes: true,
          isLog: true,
        },
        {
          title: 'Memory while streaming',
          unit: 'MiB of peak RSS, by bytes of the answer',
          lines: rss,
          isBytes: true,
        },
      ]
    }
    default:
      return []
  }
}

/** Every growth row of `report`. */
export function growthChart(report) {
  const panels = report.rows
    .filter(({ kind }) => kind === 'series')
    .flatMap(panelsOf)
    .filter(({ lines }) => lines.flat().length > 0)
  const parts = [text(14, 26, 'How the cost of a request grows', { classes: 'head' })]
  panels.forEach((each, index) => {
    const left = 8 + (index % COLUMNS) * PANEL.width
    const top = 36 + Math.floor(index / COLUMNS) * PANEL.height
    parts.push(`<g transform="translate(${left} ${top})">${panel(each)}</g>`)
  })
  const bottom = 36 + Math.ceil(panels.length / COLUMNS) * PANEL.height
  const { node, cpu, cores, date } = report.machine
  parts.push(
    text(
      14,
      bottom + 12,
      `Node ${node}, ${cpu} × ${cores}, ${date.slice(0, 10)}. Medians of rounds in turns.`,
      { classes: 'quiet small' },
    ),
  )
  return picture({
    width: 16 + COLUMNS * PANEL.width,
    height: bottom + 26,
    title: 'How the cost of a request grows',
    parts,
  })
}
