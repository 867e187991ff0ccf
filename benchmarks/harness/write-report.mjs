// Where results go. A whole run writes results/latest.json and results/chart.svg; with `--write-readme` also the table in
// README.md, the two charts that other pages show, docs/benchmark.svg and docs/benchmark-scale.svg, and what bench:check
// holds changes against. Anything less than a
// whole run stays beside them under another name, so that it cannot pass for one.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { rows } from '../rows.mjs'
import { longChart, shortChart } from './chart.mjs'
import { growthChart } from './growth-chart.mjs'
import { keptOfReport } from './kept.mjs'
import { withResults } from './readme.mjs'

export const resultsUrl = new URL('../results/', import.meta.url)
const docsUrl = new URL('../../docs/', import.meta.url)
const readmeUrl = new URL('../README.md', import.meta.url)

const keptUrl = new URL('../kept.json', import.meta.url)

/** As JSON, lists of numbers on one line. */
export const json = (value) =>
  `${JSON.stringify(value, undefined, 2).replace(/\[\s+([-\d.,\s]+?)\s+\]/g, (_, list) => `[${list.replace(/\s+/g, ' ')}]`)}\n`

/** What `npm run bench` found. */
export function writeReport(report, { publish, readme }) {
  mkdirSync(resultsUrl, { recursive: true })
  const name = publish ? 'latest' : 'partial'
  writeFileSync(new URL(`${name}.json`, resultsUrl), json(report))
  writeFileSync(new URL(publish ? 'chart.svg' : 'partial.svg', resultsUrl), longChart(report))
  if (!readme) return
  writeFileSync(new URL('benchmark.svg', docsUrl), shortChart(report))
  writeFileSync(new URL('benchmark-scale.svg', docsUrl), growthChart(report))
  writeFileSync(readmeUrl, withResults(readFileSync(readmeUrl, 'utf8'), report))
  const before = JSON.parse(readFileSync(keptUrl, 'utf8'))
  writeFileSync(keptUrl, json({ ...before, ...keptOfReport(report.rows, rows) }))
}

/** What `npm run bench:scale` found. */
export function writeScale(report, { publish }) {
  mkdirSync(resultsUrl, { recursive: true })
  writeFileSync(new URL(publish ? 'scale.json' : 'scale-partial.json', resultsUrl), json(report))
  const chart = publish ? new URL('benchmark-scale.svg', docsUrl) : new URL('scale-partial.svg', resultsUrl)
  writeFileSync(chart, growthChart(report))
}
