// A function that makes credentials and takes too long: bounded by the connect time-out on every way through a proxy,
// given up with the call, and nothing of it stays.
import { ConnectTimeoutError, type HTTPError, PluginError, ProxyError } from '@rockpool/core'
import { ManualClock } from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'
import { askedSchemes } from '../src/credentials.js'
import type { ProxyAuthRequest } from '../src/index.js'
import { expectAtRest, managerFor, rejection } from './support/calls.js'
import { origin } from './support/origin.js'
import { proxyServer } from './support/proxy-server.js'

/** An `auth` that answers nothing, and tells when it was asked. */
function silent(until = 0) {
  let asked = 0
  let wake: () => void = () => undefined
  const wasAsked = new Promise<void>((resolve) => {
    wake = resolve
  })
  const auth = (_request: ProxyAuthRequest): Promise<string | undefined> => {
    asked += 1
    if (asked <= until) return Promise.resolve(undefined)
    wake()
    return new Promise(() => undefined)
  }
  return { auth, wasAsked, count: () => asked }
}

function timedOut(error: HTTPError): void {
  // A tap of onRequest can only throw, and what it throws is wrapped.
  const failure = error instanceof PluginError ? error.cause : error
  expect(failure).toBeInstanceOf(ProxyError)
  expect((failure as ProxyError).message).toMatch(/no credentials were made for the proxy http:\/\/127/)
  expect((failure as ProxyError).originalError).toBeInstanceOf(ConnectTimeoutError)
}

describe('credentials that are never made', () => {
  for (const kind of ['http', 'https'] as const) {
    for (const [when, until] of [
      ['before the first request', 0],
      ['after a 407', 1],
    ] as const) {
      it(`end with the connect time-out: for ${kind}, ${when}`, async () => {
        const clock = new ManualClock()
        const target = await origin()
        const proxy = await proxyServer({ admit: () => false, challenge: 'Own' })
        const { auth, wasAsked } = silent(until)
        const manager = managerFor(
          { url: proxy.url, auth },
          { clock, timeout: { connect: 5_000, read: null } },
        )
        const failure = rejection(manager.request('GET', `${kind}://127.0.0.1:${target.port}/`))
        await wasAsked
        clock.advance(4_999)
        expect(target.seen).toHaveLength(0)
        clock.advance(1)
        timedOut(await failure)
        expect(proxy.seen).toHaveLength(until)
        expectAtRest(manager)
      })
    }

    it(`end with the call when that is aborted, or its own time is over: for ${kind}`, async () => {
      const clock = new ManualClock()
      const proxy = await proxyServer()
      for (const how of ['abort', 'total'] as const) {
        const { auth, wasAsked } = silent()
        const manager = managerFor({ url: proxy.url, auth }, { clock, timeout: { connect: 60_000 } })
        const controller = new AbortController()
        const call = manager.request('GET', `${kind}://127.0.0.1:9/`, {
          signal: controller.signal,
          timeout: { total: 1_000 },
        })
        const outcome = call.then(
          () => 'answered',
          (error: unknown) => (error as Error).name,
        )
        await wasAsked
        if (how === 'abort') controller.abort()
        else clock.advance(1_000)
        expect(await outcome).toBe(how === 'abort' ? 'AbortError' : 'DeadlineError')
        expectAtRest(manager)
        await manager.close()
        expect(clock.pending).toBe(0)
      }
      expect(proxy.seen).toHaveLength(0)
    })
  }
})

it('a challenge made of quotes costs one look at each character', () => {
  // Quadratic work would run into the test's time-out.
  for (const pattern of ['\\"', '"', '"\\', 'a="', ',', ' ']) {
    expect(askedSchemes([`Own realm="${pattern.repeat(400_000)}`])).toContain('Own')
  }
  expect(askedSchemes(['Digest realm="a, \\"b", nonce="x", Basic realm="c"', 'Negotiate'])).toBe(
    'Digest, Basic, Negotiate',
  )
})
