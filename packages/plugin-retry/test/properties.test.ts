// Whatever happens to a call, in whatever order: it ends, it never has more attempts than its policy allows, and no
// credential reaches an origin it was not given for.
import {
  ConnectTimeoutError,
  type HistoryEntry,
  HTTPError,
  type HTTPRequest,
  NewConnectionError,
  ProtocolError,
  ReadTimeoutError,
  SSLError,
} from '@rockpool/core/plugin'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RetryOptions } from '../src/index.js'
import { type Scripted, type Step, scripted, scriptedManager } from './support/scripted-origin.js'
import { settle } from './support/settle.js'

const home = 'http://a.test'
const origins = [home, 'http://b.test', 'http://a.test:81', 'https://a.test']
const redirects = [301, 302, 303, 307, 308]

const failure = fc.constantFrom<() => HTTPError>(
  () => new NewConnectionError('refused', { phase: 'connect', sent: 'nothing' }),
  () => new ConnectTimeoutError('slow', { phase: 'connect', sent: 'nothing' }),
  () => new ProtocolError('reset', { phase: 'send', sent: 'nothing' }),
  () => new ProtocolError('closed', { phase: 'wait', sent: 'all' }),
  () => new ReadTimeoutError('stalled', { phase: 'wait', sent: 'some' }),
  () => new SSLError('bad record', { phase: 'wait', sent: 'all' }),
)
const redirection = fc
  .record({ status: fc.constantFrom(...redirects), origin: fc.constantFrom(...origins), path: fc.nat(3) })
  .map(({ status, origin, path }): Step => [status, { Location: `${origin}/${path}` }])
const answer = fc
  .record({
    status: fc.constantFrom(200, 404, 413, 429, 500, 503),
    after: fc.constantFrom('', '1', '-1', '99999'),
  })
  .map(({ status, after }): Step => [status, after === '' ? {} : { 'Retry-After': after }])
const step = fc.oneof(failure, redirection, answer)
type AnyStep = Step | (() => HTTPError)

const counter = fc.option(fc.oneof(fc.nat(4), fc.constant(false as const)), { nil: undefined })
const policy: fc.Arbitrary<RetryOptions> = fc.record({
  total: fc.oneof(fc.nat(6), fc.constant(Number.POSITIVE_INFINITY), fc.boolean()),
  connect: counter,
  read: counter,
  redirect: counter,
  status: counter,
  other: counter,
  statusForcelist: fc.subarray([404, 500, 503]),
  backoffFactor: fc.constantFrom(0, 100),
  raiseOnStatus: fc.boolean(),
  raiseOnRedirect: fc.boolean(),
})
const method = fc.constantFrom('GET', 'HEAD', 'PUT', 'POST', 'PATCH')

interface Outcome {
  readonly script: Scripted
  readonly history: readonly HistoryEntry[]
}

async function run(steps: readonly AnyStep[], options: RetryOptions, verb: string): Promise<Outcome> {
  // What the origin says after the end of the script is final for every policy.
  const script = scripted((_request, attempt) => {
    const next = steps[attempt] ?? 200
    return typeof next === 'function' ? next() : next
  })
  const face = scriptedManager(script, { redirect: { allowDowngrade: true } })
  const headers = { Authorization: 'secret', COOKIE: 'secret' }
  const call = face.request(verb, `${home}/`, { headers, retries: options })
  try {
    return { script, history: (await settle(script.clock, call)).history }
  } catch (error) {
    if (!(error instanceof HTTPError)) throw error
    return { script, history: error.history }
  }
}

const originOf = (request: HTTPRequest): string => request.origin.toString()
const allowed = (count: number | boolean | null | undefined): number =>
  count === undefined || count === null ? Number.POSITIVE_INFINITY : Number(count)

function kindOf({ error, reason }: HistoryEntry): 'connect' | 'read' | 'other' | 'status' | 'redirect' {
  if (reason === 'redirect') return 'redirect'
  if (error === undefined) return 'status'
  if (error instanceof NewConnectionError || error instanceof ConnectTimeoutError) return 'connect'
  return error instanceof SSLError ? 'other' : 'read'
}

describe('for any sequence of failures, statuses and redirects', () => {
  const steps = fc.array(step, { maxLength: 25 })

  it('no counter is overdrawn', async () => {
    await fc.assert(
      fc.asyncProperty(steps, policy, method, async (sequence, options, verb) => {
        const { history } = await run(sequence, options, verb)
        expect(history.length).toBeLessThanOrEqual(Math.min(20, allowed(options.total)))
        for (const kind of ['connect', 'read', 'other', 'status', 'redirect'] as const) {
          const used = history.filter((entry) => kindOf(entry) === kind).length
          expect(used).toBeLessThanOrEqual(allowed(options[kind]))
        }
      }),
      { numRuns: 400 },
    )
  })

  it('the attempts are one more than the history, which tells what was sent', async () => {
    await fc.assert(
      fc.asyncProperty(steps, policy, method, async (sequence, options, verb) => {
        const { script, history } = await run(sequence, options, verb)
        expect(script.sent).toHaveLength(history.length + 1)
        for (const [i, entry] of history.entries()) {
          expect(entry).toMatchObject({ method: script.sent[i]?.method, url: script.sent[i]?.url })
          const waited = (script.times[i + 1] ?? 0) - (script.times[i] ?? 0)
          expect(waited).toBe(entry.delayMs)
        }
      }),
      { numRuns: 400 },
    )
  })

  it('no credential leaves its origin, nor comes back', async () => {
    await fc.assert(
      fc.asyncProperty(steps, method, async (sequence, verb) => {
        const { script } = await run(sequence, { total: Number.POSITIVE_INFINITY }, verb)
        const left = script.sent.findIndex((request) => originOf(request) !== home)
        for (const [i, request] of script.sent.entries()) {
          const carries = request.headers.has('authorization') || request.headers.has('cookie')
          expect(carries).toBe(left < 0 || i < left)
        }
      }),
      { numRuns: 400 },
    )
  })

  it('nothing that may have arrived is sent twice by a method that is not idempotent', async () => {
    await fc.assert(
      fc.asyncProperty(steps, policy, fc.constantFrom('POST', 'PATCH'), async (sequence, options, verb) => {
        const { history } = await run(sequence, options, verb)
        for (const { error, reason, method: sent } of history) {
          if (reason === 'retry' && sent === verb) expect(error?.sent).toBe('nothing')
        }
      }),
      { numRuns: 400 },
    )
  })

  it('no wait is shorter than the server asked for', async () => {
    await fc.assert(
      fc.asyncProperty(steps, policy, async (sequence, options) => {
        const { history } = await run(sequence, options, 'GET')
        for (const [i, entry] of history.entries()) {
          const said = sequence[i]
          const after = Array.isArray(said)
            ? Number((said[1] as Record<string, string>)['Retry-After'] ?? 0)
            : 0
          if (after > 0) expect(entry.delayMs).toBeGreaterThanOrEqual(after * 1000)
        }
      }),
      { numRuns: 400 },
    )
  })
})
