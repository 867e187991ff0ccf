// The charts of speed. The short one, for the README of the repository: the main rows, ours and the best-known peers. The long
// one: every row and every client. Bars are requests per second as multiples of the row's own peer, formed round by round.
import { median } from './statistics.mjs'
import { kindOf, picture, text } from './svg.mjs'

const ROW_HEIGHT = 18
const WIDTH = 820
const LEFT = 170
const PLOT = WIDTH - LEFT - 215

/** The rows of the short chart, with what a reader who knows none of the names calls them. */
const SHORT = new Map([
  ['small', 'small answers, http'],
  ['https', 'small answers, https'],
  ['manager', 'everything installed: retry, redirect, proxy, TLS'],
  ['download-1m', '1 MiB downloads'],
])
const SHORT_CLIENTS = /^(floor|rockpool-.*|undici-(request|fetch|composed)|node-http|got|axios|ky|go-http)$/

const NAMES = { floor: 'bare socket', 'floor-events': "bare socket, 'data'", 'go-http': 'Go net/http' }
const nameOf = (client) =>
  NAMES[client] ?? client.replace(/^rockpool-(core|manager|proxy)$/, 'rockpool').replace('undici-', 'undici ')

/** Whom a row's speeds are relative to. */
export function peerOf(row) {
  const named = row.targets.find(
    ({ measure, against }) => measure === 'rate' && kindOf(against) === 'peer',
  )?.against
  const present = row.clients.map(({ client }) => client)
  return [named, 'undici-request', 'rockpool-core'].find((name) => present.includes(name))
}

/** More than this share of a core used by others, and bars are drawn by CPU time, which others cannot take away. */
const BUSY = 0.25
/** With less of its core left, the server is what limits a bar. */
const SERVER_SPENT = 0.08

const isBusy = (row) => median(row.clients.map(({ others }) => others)) > BUSY

function timesOf(row, client, peer) {
  const { rate, rateSpread, cpu, cpuSpread } = row.ratios[client][peer]
  if (!isBusy(row)) return { times: rate, wavering: rateSpread }
  return { times: 1 / cpu, wavering: cpuSpread / cpu ** 2 }
}

const rateText = (rate) =>
  rate >= 100 ? Math.round(rate).toLocaleString('en-GB').replaceAll(',', ' ') : rate.toFixed(1)

function bar({ client, rate, cpu, serverIdle, times, wavering }, y, most) {
  const width = Math.max(1, (times / most) * PLOT)
  const kind = kindOf(client)
  const spread = Math.min(PLOT, ((times + wavering) / most) * PLOT)
  const whisker = Math.max(0, ((times - wavering) / most) * PLOT)
  const figures = `${times.toFixed(2)} ×   ${rateText(rate)}/s, ${cpu < 100 ? cpu.toFixed(1) : Math.round(cpu)} µs CPU${serverIdle < SERVER_SPENT ? ', server spent' : ''}`
  return [
    text(LEFT - 8, y + 13, nameOf(client), { anchor: 'end', classes: kind === 'ours' ? 'strong' : '' }),
    `<rect class="bar-${kind}" x="${LEFT}" y="${y + 3}" width="${width.toFixed(1)}" height="${ROW_HEIGHT - 5}" rx="2"/>`,
    `<path class="line floor" style="stroke-width:1" d="M${(LEFT + whisker).toFixed(1)} ${y + 9.5}H${(LEFT + spread).toFixed(1)}"/>`,
    text(LEFT + Math.max(width, spread) + 6, y + 13, figures, { classes: 'quiet small' }),
  ].join('')
}

function bars(row, title, keep, top) {
  const peer = peerOf(row)
  const entries = row.clients
    .filter(({ client }) => keep(client) || client === peer)
    .map((entry) => ({ ...entry, ...timesOf(row, entry.client, peer) }))
    .sort((a, b) => b.times - a.times)
  const most = Math.max(...entries.map(({ times, wavering }) => times + wavering))
  const suffix = `${row.node === undefined ? '' : `, Node ${row.node}`}${isBusy(row) ? ', by CPU time: the machine was busy' : ''}`
  const heading = text(14, top + 18, `${title}${suffix}`, { classes: 'strong' })
  const lines = entries.map((entry, index) => bar(entry, top + 26 + index * ROW_HEIGHT, most))
  return { svg: heading + lines.join('\n'), height: 36 + entries.length * ROW_HEIGHT }
}

function footer(report) {
  const { node, cpu, cores, date } = report.machine
  const undici = report.rows
    .flatMap(({ clients }) => clients)
    .find(({ client }) => client === 'undici-request')?.version
  return `Node ${node}, undici ${undici}, ${cpu} × ${cores}, ${report.server}, ${date.slice(0, 10)}. Medians of interleaved rounds; lines: their spread.`
}

function draw(report, chosen, keep, heading) {
  const parts = [text(14, 26, heading, { classes: 'head' })]
  let top = 36
  for (const { row, title } of chosen) {
    const { svg, height } = bars(row, title, keep, top)
    parts.push(svg)
    top += height
  }
  parts.push(text(14, top + 16, footer(report), { classes: 'quiet small' }))
  return picture({ width: WIDTH, height: top + 30, title: heading, parts })
}

const compared = (report) =>
  report.rows.filter((row) => row.kind === 'compare' && row.clients.length > 1 && peerOf(row) !== undefined)

/** For the README of the repository. */
export function shortChart(report) {
  const chosen = compared(report)
    .filter(({ name, node }) => SHORT.has(name) && node === undefined)
    .map((row) => ({ row, title: `${SHORT.get(row.name)}  (${nameOf(peerOf(row))} = 1)` }))
  return draw(
    report,
    chosen,
    (client) => SHORT_CLIENTS.test(client),
    'Requests per second on one core, as multiples of undici',
  )
}

/** Every row and everybody in it. */
export function longChart(report) {
  const chosen = compared(report).map((row) => ({ row, title: `${row.title}  (${nameOf(peerOf(row))} = 1)` }))
  return draw(
    report,
    chosen,
    () => true,
    'Requests per second on one core, as multiples of the peer named in each row',
  )
}
