// Where results go: JSON always, the charts and the table of the README when they are to be published.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'

export const resultsUrl = new URL('../results/', import.meta.url)

/** As JSON, lists of numbers on one line. */
export const json = (value) =>
  `${JSON.stringify(value, undefined, 2).replace(/\[\s+([-\d.,\s]+?)\s+\]/g, (_, list) => `[${list.replace(/\s+/g, ' ')}]`)}\n`

export function writeReport(report, { publish, readme }) {
  mkdirSync(resultsUrl, { recursive: true })
  writeFileSync(new URL(publish ? 'latest.json' : 'partial.json', resultsUrl), json(report))
}
