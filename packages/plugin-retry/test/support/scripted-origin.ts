// Pools that talk to a script: each attempt is answered by the next step, without a socket, so that a test owns time.
//
// An answer is given from `onRequest`; a failure is thrown by the connector, with the phase and the share of the request
// that the script says.
import { HTTPConnectionPool, type HTTPResponse, PoolManager } from '@rockpool/core'
import {
  definePlugin,
  HTTPError,
  type HTTPRequest,
  type Plugin,
  HTTPResponse as Response,
  stages,
} from '@rockpool/core/plugin'
import type { ManualClock } from '@rockpool/testkit'
import { redirect, retry } from '../../src/index.js'
import { settle, testClock } from './settle.js'

/** A status, a status with fields, or a failure. */
export type Step = number | [status: number, headers: Record<string, string | readonly string[]>] | HTTPError

/** Says what comes next; a list is worked off, its last step repeated. */
export type Script = readonly Step[] | ((request: HTTPRequest, attempt: number) => Step)

export interface Scripted {
  readonly clock: ManualClock
  /** Every attempt, as it would have been sent. */
  readonly sent: HTTPRequest[]
  /** When each attempt was made. */
  readonly times: number[]
  readonly plugin: Plugin
}

export function scripted(script: Script): Scripted {
  const clock = testClock()
  const sent: HTTPRequest[] = []
  const times: number[] = []
  let failure: HTTPError | undefined
  const next = (request: HTTPRequest): Step => {
    const step =
      typeof script === 'function'
        ? script(request, sent.length)
        : script[Math.min(sent.length, script.length - 1)]
    sent.push(request)
    times.push(clock.now())
    if (step === undefined) throw new Error('the script is empty')
    return step
  }
  const plugin = definePlugin({
    name: 'script',
    securesTransport: true,
    apply(host) {
      host.hooks.onRequest.tap({ name: 'script', stage: stages.onRequest.answer }, ({ request }) => {
        const step = next(request)
        if (step instanceof HTTPError) {
          failure = step
          return undefined
        }
        const [status, headers] = typeof step === 'number' ? [step, {}] : step
        return new Response({ status, headers, body: `answer ${sent.length}` })
      })
      host.hooks.beforeConnect.tap({ name: 'script' }, () => () => Promise.reject(failure))
    },
  })()
  return { clock, sent, times, plugin }
}

/** How a pool or manager for a script is set up. */
export interface Setup {
  readonly retry?: Parameters<typeof retry>[0] | 'none'
  readonly redirect?: Parameters<typeof redirect>[0] | 'none'
  readonly total?: number
}

function plugins(script: Scripted, setup: Setup): Plugin[] {
  const installed: Plugin[] = [script.plugin]
  // The order of installation must not matter, so the one that decides second is listed first.
  if (setup.redirect !== 'none') installed.push(redirect(setup.redirect))
  if (setup.retry !== 'none') installed.push(retry(setup.retry))
  return installed
}

/** What a face of core takes, with the options of both plugins. */
export interface Face {
  request(method: string, url: string, options?: object): Promise<HTTPResponse>
}

export function scriptedPool(script: Scripted, setup: Setup = {}): HTTPConnectionPool<readonly Plugin[]> {
  return new HTTPConnectionPool('origin.test', 80, {
    plugins: plugins(script, setup),
    clock: script.clock,
    timeout: { connect: null, read: null, total: setup.total ?? null },
  })
}

export function scriptedManager(script: Scripted, setup: Setup = {}): PoolManager<readonly Plugin[]> {
  return new PoolManager({
    plugins: plugins(script, setup),
    clock: script.clock,
    timeout: { connect: null, read: null, total: setup.total ?? null },
  })
}

/** Sends one request and lets time run until it ends. */
export function call(
  face: Face,
  script: Scripted,
  method: string,
  url: string,
  options: object = {},
): Promise<HTTPResponse> {
  return settle(script.clock, face.request(method, url, options))
}

/** As `call`, for calls that must fail: gives the error. */
export async function failingCall(
  face: Face,
  script: Scripted,
  method: string,
  url: string,
  options: object = {},
): Promise<HTTPError> {
  try {
    const response = await call(face, script, method, url, options)
    throw new Error(`expected a failure, got ${response.status}`)
  } catch (error) {
    if (error instanceof HTTPError) return error
    throw error
  }
}
