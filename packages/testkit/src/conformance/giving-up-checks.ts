/** Checks of callers who give up, by signal or by deadline, at each place where a call can be. */
import assert from 'node:assert/strict'
import { DeadlineError } from '@rockpool/core'
import { answerAll, response } from '../server/script.js'
import { type Bench, told } from './bench.js'
import type { Check } from './check.js'
import { type Phase, phases } from './phases.js'

const TOTAL = 5_000

async function abortedBefore(bench: Bench): Promise<void> {
  const server = await bench.serve(answerAll(response(200, 'hello')))
  const pool = bench.pool(server)
  const reason = new Error('given up before')
  const error = await bench.failure(
    bench.call(pool, '/', { signal: AbortSignal.abort(reason) }),
    'the call',
    true,
  )
  assert.equal(error, reason, `the call must reject with the signal's reason, not ${told(error)}`)
  assert.equal(server.requests.length, 0, 'requests that were sent')
  await bench.expectAtRest(pool)
}

async function aborted(bench: Bench, { stand }: Phase): Promise<void> {
  const controller = new AbortController()
  const reason = new Error('given up')
  const { pool, promise } = await stand(bench, { signal: controller.signal })
  controller.abort(reason)
  const error = await bench.failure(promise, 'the aborted call', true)
  assert.equal(error, reason, `the call must reject with the signal's reason, not ${told(error)}`)
  await bench.expectAtRest(pool)
}

async function overdue(bench: Bench, { stand }: Phase): Promise<void> {
  const { pool, promise } = await stand(bench, { timeout: { total: TOTAL } })
  bench.clock.advance(TOTAL)
  const error = await bench.failure(promise, 'the call past its deadline', true)
  assert.ok(error instanceof DeadlineError, `the call must reject with a DeadlineError, not ${told(error)}`)
  await bench.expectAtRest(pool)
}

/** See the file's head. */
export const givingUpChecks: readonly Check[] = [
  { name: 'leaves nothing when a call is aborted before it begins', run: abortedBefore },
  ...phases.map((phase) => ({
    name: `leaves nothing when a call is aborted ${phase.name}`,
    run: (bench: Bench) => aborted(bench, phase),
  })),
  ...phases
    .filter(({ name }) => name !== 'between two attempts')
    .map((phase) => ({
      name: `leaves nothing when the deadline passes ${phase.name}`,
      run: (bench: Bench) => overdue(bench, phase),
    })),
]
