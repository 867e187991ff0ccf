// The chart the README shows: for each row, how many times as fast as undici's `request` (or the row's own peer) each client
// is. An SVG of rectangles and text, with colours that read on white and on black.
const ROW_HEIGHT = 18
const LEFT = 190
const WIDTH = 820
const PLOT = WIDTH - LEFT - 120
const ours = (client) => client.startsWith('rockpool')
const FILLS = { ours: '#2a9d8f', floor: '#adb5bd', peer: '#8093a7' }
const INK = '#6b7785'

const escaped = (value) => String(value).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)
const text = (x, y, content, more = '') =>
  `<text x="${x}" y="${y}" fill="${INK}" font-size="12" ${more}>${escaped(content)}</text>`

/** Whom a row's speeds are relative to. */
function peerOf(row) {
  const named = row.targets.find(({ measure }) => measure === 'rate')?.against
  const present = row.clients.map(({ client }) => client)
  return [named, 'undici-request'].find((name) => present.includes(name))
}

function bars(row, top) {
  const peer = peerOf(row)
  const entries = row.clients
    .filter(({ client }) => client !== 'floor-events')
    .map(({ client, cpu, rate }) => ({ client, cpu, rate, times: row.ratios[client][peer].rate }))
    .sort((a, b) => b.times - a.times)
  const most = entries[0].times
  const lines = entries.map(({ client, times, rate, cpu }, index) => {
    const y = top + 26 + index * ROW_HEIGHT
    const width = Math.max(1, (times / most) * PLOT)
    const fill = ours(client) ? FILLS.ours : client === 'floor' ? FILLS.floor : FILLS.peer
    const name = client === 'floor' ? 'bare socket' : client
    const figures = `${times.toFixed(2)} ×  ${rate >= 100 ? Math.round(rate) : rate.toFixed(1)}/s, ${cpu.toFixed(0)} µs`
    return [
      text(LEFT - 8, y + 12, name, `text-anchor="end"${ours(client) ? ' font-weight="bold"' : ''}`),
      `<rect x="${LEFT}" y="${y + 2}" width="${width.toFixed(1)}" height="${ROW_HEIGHT - 5}" fill="${fill}" rx="2"/>`,
      width > PLOT * 0.7
        ? `<text x="${LEFT + width - 6}" y="${y + 12}" fill="#fff" font-size="11" text-anchor="end">${escaped(figures)}</text>`
        : text(LEFT + width + 6, y + 12, figures),
    ].join('')
  })
  const heading = text(8, top + 16, `${row.title}  (${peer} = 1)`, 'font-weight="bold"')
  return { svg: heading + lines.join(''), height: 34 + entries.length * ROW_HEIGHT }
}

/** The rows of `report` that compare clients, one under the other. */
export function chart(report) {
  const { node, cpu, cores, date } = report.machine
  const parts = []
  let top = 8
  for (const row of report.rows.filter((candidate) => candidate.kind === 'compare' && peerOf(candidate))) {
    const { svg, height } = bars(row, top)
    parts.push(svg)
    top += height
  }
  const footer = `Node ${node}, ${cpu} × ${cores}, ${report.server}, ${date.slice(0, 10)}; median of interleaved rounds`
  parts.push(text(8, top + 18, footer))
  const style = 'font-family="system-ui, sans-serif"'
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top + 30}" ${style}>\n<title>Speed of HTTP clients relative to their peer</title>\n${parts.join('\n')}\n</svg>\n`
}
