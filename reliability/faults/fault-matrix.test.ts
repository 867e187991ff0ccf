// Every phase of a call, hit by every fault, on every route, for each way to use a body: the call ends as the failure
// table promises, its slot is back, the next call is served, and nothing is left over.
import { trackLeaks } from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'
import { runCell } from './matrix-cell.ts'
import { PHASES, ROUTES } from './matrix-routes.ts'
import { type Cell, exists, FAULTS, MODES } from './matrix-rules.ts'

/** Cells side by side: enough to keep a core busy, few enough for every one to have its turns. */
const SIDE_BY_SIDE = 8

async function runAll(cells: readonly Cell[]): Promise<string[]> {
  const wrong: string[] = []
  const queue = [...cells]
  const worker = async (): Promise<void> => {
    for (let cell = queue.shift(); cell !== undefined; cell = queue.shift()) {
      const fault = await runCell(cell)
      if (fault !== undefined) wrong.push(`${cell.phase} × ${cell.fault}: ${fault}`)
    }
  }
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker))
  return wrong.sort()
}

for (const route of ROUTES) {
  describe(`on the ${route} route`, () => {
    for (const mode of MODES) {
      const cells = PHASES.flatMap((phase) => FAULTS.map((fault) => ({ route, phase, fault, mode }))).filter(
        exists,
      )
      it(`every fault in every phase ends a call (${mode}) as promised and leaves nothing over: ${cells.length} cells`, async () => {
        expect(cells.length).toBeGreaterThan(20)
        const leaks = trackLeaks()
        expect(await runAll(cells)).toEqual([])
        await leaks.assertNone()
      }, 60_000)
    }
  })
}
