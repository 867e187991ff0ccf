/** What `--verbose` tells, on stderr: each attempt while it happens, then head, route and timings. */
import type { HTTPResponse, ResponseTimings } from '@rockpool/core'
import { stages } from '@rockpool/core/plugin'
import type { PoolManager } from '../pool-manager.js'
import { harmless, type Output } from './io.js'
import { withoutCredentials } from './redaction.js'
import { sentHead } from './sent-head.js'

/** After every tap that may change a request. */
const LAST = 100

/** Tells of each attempt as it is made and answered. */
export function watch(manager: PoolManager, to: Output): void {
  const say = (text: string): void => void to.write(`* ${harmless(text)}\n`)
  manager.hooks.onRequest.tap({ name: 'verbose', stage: LAST }, ({ attempt, request, form }) => {
    say(`attempt ${attempt}: ${request.method} ${request.url}`)
    const { method, target, lines } = sentHead(request, form)
    to.write(`> ${harmless(`${method} ${target} HTTP/1.1`)}\n`)
    // What somebody copies into a bug report holds no password.
    for (const [name, value] of lines)
      to.write(`> ${harmless(`${name}: ${withoutCredentials.field(name, value)}`)}\n`)
  })
  manager.hooks.onResponse.tap(
    { name: 'verbose', stage: stages.onResponse.observe },
    ({ attempt, response }) => {
      const location = response.headers.get('location')
      say(
        `attempt ${attempt}: ${response.status} ${response.reason}${location === undefined ? '' : ` to ${location}`}`,
      )
    },
  )
  manager.hooks.onError.tap({ name: 'verbose', stage: stages.onError.observe }, ({ attempt, error }) =>
    say(`attempt ${attempt}: ${error.message} (${error.code})`),
  )
}

/** The head, as lines. */
export function headLines(response: HTTPResponse): string[] {
  const { httpVersion, status, reason, headers } = response
  return [
    `HTTP/${httpVersion} ${status} ${reason}`.trimEnd(),
    ...[...headers].map(([name, value]) => `${name}: ${value}`),
  ]
}

/** Head, and the connection that it came over. */
export function tellHead(response: HTTPResponse, to: Output): void {
  for (const line of headLines(response)) to.write(`< ${harmless(line)}\n`)
  const { connection } = response
  if (connection === undefined) return
  const route = connection.route.map(({ kind, peer }) => `${kind} ${peer}`).join(', ')
  to.write(`* route: ${harmless(route)}${connection.reused ? ' (reused)' : ''}\n`)
  const { tls } = connection
  if (tls === undefined) return
  const proof = tls.verifiedBy === undefined ? 'NOT VERIFIED' : `verified by ${tls.verifiedBy}`
  to.write(`* ${harmless(`${tls.protocol} ${tls.cipher}, ${proof}, ${tls.spkiPin ?? ''}`)}\n`)
}

const STEPS: readonly (keyof ResponseTimings)[] = [
  'queue',
  'dns',
  'connect',
  'tls',
  'send',
  'wait',
  'receive',
]

/** How long each step took. */
export function tellTimings(response: HTTPResponse, to: Output): void {
  const { timings } = response
  const told = STEPS.filter((step) => timings[step] !== undefined)
  to.write(`* ${told.map((step) => `${step} ${(timings[step] ?? 0).toFixed(1)} ms`).join(', ')}\n`)
}
