// Measures one subject against the yardstick, in a process of its own, so that no subject's types slow another's code down:
//   node measure.mjs <name of the subject>
// Both take turns in short runs and the best of each counts: everything that disturbs a computation makes it slower.
import { open as openBaseline } from './baseline-loop.mjs'
import { subjects } from './subjects.mjs'

const RUN_MS = 2
const ROUNDS = 60
const WARM_UP_MS = 250

/** Nanoseconds per operation of one run. */
function timed(run, count) {
  const began = process.hrtime.bigint()
  run(count)
  return Number(process.hrtime.bigint() - began) / count
}

/** Runs until compiled; returns how many operations take about `RUN_MS`. */
function warmUp(run) {
  const until = performance.now() + WARM_UP_MS
  let count = 1
  let ns = 0
  do {
    ns = timed(run, count)
    if (ns * count < RUN_MS * 1e6) count = Math.ceil(count * 1.5)
  } while (performance.now() < until)
  return Math.max(1, Math.round((RUN_MS * 1e6) / ns))
}

const { prepare, bytes } = subjects[process.argv[2]]
const [subject, yardstick] = [await prepare(), openBaseline().run]
const [subjectCount, yardstickCount] = [warmUp(subject), warmUp(yardstick)]
let [best, bestYardstick] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
for (let round = 0; round < ROUNDS; round++) {
  bestYardstick = Math.min(bestYardstick, timed(yardstick, yardstickCount))
  best = Math.min(best, timed(subject, subjectCount))
}
process.stdout.write(
  JSON.stringify({ ns: best, yardstickNs: bestYardstick, ratio: best / bestYardstick, bytes }),
)
