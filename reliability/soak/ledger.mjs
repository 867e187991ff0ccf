// Counts how calls ended and judges: which errors are documented, who was lost, who was sent twice.
import { readFileSync } from 'node:fs'
import { HTTPError } from 'rockpool'

/** Of the documented errors those that a network, a proxy or a closed pool can cause. */
const EXPECTED = new Set([
  'ClosedPoolError',
  'ConnectTimeoutError',
  'DeadlineError',
  'DecodeError',
  'IncompleteRead',
  'InvalidChunkLength',
  'InvalidHeader',
  'MaxRetryError',
  'NewConnectionError',
  'ProtocolError',
  'ProxyError',
  'ReadTimeoutError',
  'ResponseError',
  'SSLError',
  'UnrewindableBodyError',
])

const MOST_LINES = 50

/** The books of one run. */
export class Ledger {
  counts = { calls: 0, answered: 0, aborted: 0, failed: 0, gateway: 0, hung: 0, wrong: 0 }
  idempotent = { calls: 0, recovered: 0 }
  byKind = {}
  byError = {}
  failures = []
  lost = []
  #calledUnsent = new Set()

  fail(text) {
    if (this.failures.length < MOST_LINES) this.failures.push(text)
  }

  /** Books the end of a call. `poolClosed`: its pool was closed meanwhile, on purpose. */
  book(call, result, poolClosed) {
    const { kind, id, route } = call
    const name = `${kind.name} over ${route} ${id}`
    this.counts.calls += 1
    this.counts[result.outcome] += 1
    this.byKind[kind.name] = (this.byKind[kind.name] ?? 0) + 1
    if (result.outcome === 'hung') this.fail(`${name} hung`)
    if (result.wrong !== undefined) {
      this.counts.wrong += 1
      this.fail(`${name}: ${result.wrong}`)
    }
    if (result.outcome === 'failed') this.#bookError(name, id, result.error)
    if (!kind.idempotent || result.outcome === 'aborted' || poolClosed) return
    this.idempotent.calls += 1
    if (result.outcome === 'answered') this.idempotent.recovered += 1
    else this.lost = [...this.lost, `${name}: ${describe(result)}`].slice(-MOST_LINES)
  }

  #bookError(name, id, error) {
    const key = error instanceof HTTPError ? `${error.name} in ${error.phase}` : String(error?.name)
    this.byError[key] = (this.byError[key] ?? 0) + 1
    if (!(error instanceof HTTPError) || !EXPECTED.has(error.name)) {
      this.fail(`${name}: an error that is not documented for this: ${error?.stack ?? error}`)
    } else if (
      error.phase === undefined &&
      error.name !== 'MaxRetryError' &&
      error.name !== 'DeadlineError'
    ) {
      this.fail(`${name}: ${error.name} names no phase: ${error.message}`)
    }
    if (error?.sent === 'nothing') this.#calledUnsent.add(id)
  }

  /** Reads what the application has carried out. No POST may be there twice, and none that was said to be unsent. */
  auditPosts(file) {
    const seen = new Map()
    for (const line of readFileSync(file, 'latin1').split('\n')) {
      const [method, , id] = line.split(' ')
      if (method === 'POST') seen.set(id, (seen.get(id) ?? 0) + 1)
    }
    Object.assign(this.counts, { postsCarriedOut: seen.size, postsTwice: 0, postsCalledUnsent: 0 })
    for (const [id, times] of seen) {
      if (times > 1) {
        this.counts.postsTwice += 1
        this.fail(`POST ${id} was carried out ${times} times`)
      }
      if (this.#calledUnsent.has(id)) {
        this.counts.postsCalledUnsent += 1
        this.fail(`POST ${id} was carried out, but its error says that nothing was sent`)
      }
    }
  }
}

function describe({ outcome, status, error }) {
  if (status !== undefined) return `${outcome} ${status}`
  if (error === undefined) return outcome
  return `${error.name} after ${error.history?.length ?? 0} earlier attempts: ${error.message}`
}
