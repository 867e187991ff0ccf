// Which mutants live, and whether survivors.json says why that is no loss.
//
// An explanation names a place by what stands there, since line numbers move: `{ file, code, reason }`, where `code` is a piece
// of the line the mutant begins on; `mutators` narrows it. Survivors without one are counted and listed: the next gaps to close.
import { readFileSync } from 'node:fs'

const explanations = JSON.parse(readFileSync(new URL('./survivors.json', import.meta.url), 'utf8'))

/** Counts the mutants of one area's report. `idle`: explanations that no survivor needs. */
export function explain(area, report) {
  const own = explanations[area] ?? []
  const unexplained = []
  const needed = new Set()
  let killed = 0
  let survived = 0
  for (const [file, { source, mutants }] of Object.entries(report.files)) {
    const lines = source.split('\n')
    for (const { status, mutatorName, replacement, location } of mutants) {
      if (status === 'Killed' || status === 'Timeout') killed += 1
      if (status !== 'Survived' && status !== 'NoCoverage') continue
      survived += 1
      const line = lines[location.start.line - 1]
      const reason = own.find(
        (each) =>
          file.endsWith(each.file) &&
          line.includes(each.code) &&
          (each.mutators === undefined || each.mutators.includes(mutatorName)),
      )
      if (reason !== undefined) needed.add(reason)
      else
        unexplained.push(
          `${file}:${location.start.line} ${mutatorName} → ${replacement?.slice(0, 60)}: ${line.trim()}`,
        )
    }
  }
  return { killed, survived, unexplained, idle: own.filter((each) => !needed.has(each)) }
}
