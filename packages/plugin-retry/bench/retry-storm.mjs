// What retries cost an origin that is failing: the same calls with and without a retry budget, against a real server that
// counts. `npm run build` first, then `node packages/plugin-retry/bench/retry-storm.mjs [--draw]`; `--draw` writes the chart.
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { HTTPConnectionPool } from '@rockpool/core'
import { retry, seededRandom } from '@rockpool/plugin-retry'

const CALLERS = 1000
const RATES = [0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]
const policies = [
  { name: 'no budget', colour: '#c0392b', budget: false },
  { name: 'budget 0.2', colour: '#1f6f8b', budget: { ratio: 0.2, minPerSecond: 0 } },
]

/** 1 000 calls at once, each allowed three retries, against an origin that fails a share of all requests. */
async function storm(rate, budget) {
  const random = seededRandom(1)
  let requests = 0
  const server = createServer((_request, response) => {
    requests += 1
    response.statusCode = random() < rate ? 503 : 200
    response.end()
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const pool = new HTTPConnectionPool('127.0.0.1', server.address().port, {
    plugins: [retry({ total: 3, statusForcelist: [503], budget })],
    maxSize: 50,
    block: true,
  })
  const results = await Promise.allSettled(Array.from({ length: CALLERS }, () => pool.request('GET', '/')))
  await pool.close()
  server.close()
  return { requests, answered: results.filter(({ status }) => status === 'fulfilled').length }
}

const rows = []
for (const rate of RATES) {
  const row = { failing: rate }
  for (const { name, budget } of policies) row[name] = await storm(rate, budget)
  rows.push(row)
}

console.log(`${CALLERS} calls at once, up to 3 retries each; what the origin saw\n`)
console.log('| origin fails | requests, no budget | answered | requests, budget 0.2 | answered |')
console.log('|---:|---:|---:|---:|---:|')
for (const row of rows) {
  const cells = policies.flatMap(({ name }) => [row[name].requests, row[name].answered])
  console.log(`| ${Math.round(row.failing * 100)} % | ${cells.join(' | ')} |`)
}

const storms = rows.at(-1)
const within = storms['budget 0.2'].requests <= 1.2 * CALLERS && storms['no budget'].requests === 4 * CALLERS
console.log(
  `\n${within ? 'ok' : 'NOT OK'}: at 100 % the budget keeps the load at ${storms['budget 0.2'].requests / CALLERS} ×`,
)
process.exitCode = within ? 0 : 1

if (process.argv.includes('--draw')) {
  const file = new URL('../../../docs/retry-storm.svg', import.meta.url)
  writeFileSync(file, chart())
  console.log(`drawn: ${file.pathname}`)
}

function round(length) {
  return Math.round(length * 10) / 10
}

function chart() {
  const [width, height, left, top, right, bottom] = [640, 360, 56, 34, 120, 52]
  const x = (rate) => round(left + rate * (width - left - right))
  const y = (load) => round(height - bottom - ((load - 1) / 3) * (height - top - bottom))
  const grid = [1, 2, 3, 4].map(
    (load) =>
      `<line x1="${left}" x2="${width - right}" y1="${y(load)}" y2="${y(load)}" stroke="#ddd"/>` +
      `<text x="${left - 8}" y="${y(load) + 4}" text-anchor="end">${load} ×</text>`,
  )
  const ticks = [0, 0.25, 0.5, 0.75, 1].map(
    (rate) => `<text x="${x(rate)}" y="${height - bottom + 20}" text-anchor="middle">${rate * 100} %</text>`,
  )
  const lines = policies.map(({ name, colour }) => {
    const load = (row) => row[name].requests / CALLERS
    const points = rows.map((row) => `${x(row.failing)},${y(load(row))}`)
    const dots = points.map((point) => {
      const [cx, cy] = point.split(',')
      return `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`
    })
    const end = y(load(rows.at(-1)))
    return (
      `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>${dots.join('')}` +
      `<text x="${x(1) + 10}" y="${end + 4}" fill="${colour}">${name}</text>`
    )
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13" fill="#333">
<title>Requests per call that a failing origin sees, with and without a retry budget</title>
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="${left}" y="20" font-size="14">Requests per call, ${CALLERS} callers, up to 3 retries each</text>
${grid.join('\n')}
${ticks.join('\n')}
<text x="${(left + width - right) / 2}" y="${height - 10}" text-anchor="middle">share of requests that the origin fails</text>
${lines.join('\n')}
</svg>
`
}
