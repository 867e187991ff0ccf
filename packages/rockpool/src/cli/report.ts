/**
 * What `--verbose` tells, on stderr: each attempt while it happens, then head, route and timings. People copy it into bug
 * reports, so credentials are left out of all of it: of URLs, of fields that are sent and of those that are received.
 */
import type { HTTPResponse, ResponseTimings } from '@rockpool/core'
import { stages } from '@rockpool/core/plugin'
import type { PoolManager } from '../pool-manager.js'
import { harmless, type Output } from './io.js'
import { none, type Redaction, withoutCredentials } from './redaction.js'
import { sentHead } from './sent-head.js'

/** After every tap that may change a request. */
const LAST = 100

/** Tells of each attempt as it is made and answered. */
export function watch(manager: PoolManager, to: Output): void {
  const say = (text: string): void => void to.write(`* ${harmless(text)}\n`)
  manager.hooks.onRequest.tap({ name: 'verbose', stage: LAST }, ({ attempt, request, form }) => {
    say(`attempt ${attempt}: ${request.method} ${withoutCredentials.url(request.url)}`)
    const { method, target, lines } = sentHead(request, form)
    to.write(`> ${harmless(`${method} ${withoutCredentials.url(target)} HTTP/1.1`)}\n`)
    for (const [name, value] of lines)
      to.write(`> ${harmless(`${name}: ${withoutCredentials.field(name, value)}`)}\n`)
  })
  manager.hooks.onResponse.tap(
    { name: 'verbose', stage: stages.onResponse.observe },
    ({ attempt, response }) => {
      const location = response.headers.get('location')
      say(
        `attempt ${attempt}: ${response.status} ${response.reason}${location === undefined ? '' : ` to ${withoutCredentials.url(location)}`}`,
      )
    },
  )
  manager.hooks.onError.tap({ name: 'verbose', stage: stages.onError.observe }, ({ attempt, error }) =>
    say(`attempt ${attempt}: ${withoutCredentials.url(error.message)} (${error.code})`),
  )
}

/** The head, as lines. */
export function headLines(response: HTTPResponse, redaction: Redaction = none): string[] {
  const { httpVersion, status, reason, headers } = response
  return [
    `HTTP/${httpVersion} ${status} ${reason}`.trimEnd(),
    ...[...headers].map(([name, value]) => `${name}: ${redaction.field(name, value)}`),
  ]
}

/** Head, and the connection that it came over. */
export function tellHead(response: HTTPResponse, to: Output): void {
  for (const line of headLines(response, withoutCredentials)) to.write(`< ${harmless(line)}\n`)
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
