// A call that is cut while its connection is made says which step was under way: a name, a proxy, a TLS handshake.
import { DeadlineError } from '@rockpool/core'
import { deferred, gate, ManualClock, type Step, scriptedServer, waitAt } from '@rockpool/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { ProxyOptions } from '../src/index.js'
import { expectAtRest, managerFor, rejection } from './support/calls.js'

/** A server that falls silent after `script`, and when it has. */
async function silentAfter(...script: readonly Step[]) {
  const silent = gate()
  const server = await scriptedServer([...script, waitAt(silent)])
  onTestFinished(async () => {
    silent.open()
    await server.close()
  })
  return { port: server.port, silent: silent.reached }
}

/** A look-up that never answers, and when it was asked. */
function deafLookup() {
  const asked = deferred()
  return { asked: asked.promise, lookup: () => asked.resolve() }
}

/** What a call is cut with when its time is over at the moment `when` says. */
async function cutAt(when: Promise<unknown>, url: string, options: ProxyOptions, lookup?: () => void) {
  const clock = new ManualClock()
  const timeout = { connect: null, read: null, total: 1_000 }
  const manager = managerFor(options, { clock, timeout, ...(lookup && { lookup }) })
  const failure = rejection(manager.request('GET', url))
  await when
  clock.advance(1_000)
  const error = await failure
  expect(error).toBeInstanceOf(DeadlineError)
  expect(error).toMatchObject({ sent: 'nothing', attempt: 1 })
  expectAtRest(manager)
  return { phase: error.phase, message: error.message }
}

const stood = (phase: string, doing: string) => ({
  phase,
  message: `the total time-out of 1000 ms is spent (still ${doing})`,
})
const inTls = stood('tls', 'in the TLS handshake')
const atProxy = stood('proxy', 'negotiating with the proxy')
const resolving = stood('dns', 'resolving the name')

describe('a call whose time is over', () => {
  it('while its origin does not answer the TLS handshake was in that', async () => {
    const { port, silent } = await silentAfter((connection) => connection.read(1))
    expect(await cutAt(silent, `https://127.0.0.1:${port}/`, {})).toEqual(inTls)
  })

  it('while the TLS handshake goes on behind a proxy that has agreed was in that', async () => {
    const { port, silent } = await silentAfter(
      (connection) => connection.readThrough('\r\n\r\n'),
      (connection) => connection.send('HTTP/1.1 200 go\r\n\r\n'),
      (connection) => connection.read(1),
    )
    expect(await cutAt(silent, 'https://origin.test/', { url: `http://127.0.0.1:${port}` })).toEqual(inTls)
  })

  it.each([
    ['http', 'https://origin.test/', 'CONNECT'],
    ['https', 'https://origin.test/', 'its TLS handshake'],
    ['https', 'http://origin.test/', 'its TLS handshake'],
    ['socks5h', 'http://origin.test/', 'its greeting'],
  ])('while an %s proxy on the way to %s does not answer %s was at the proxy', async (scheme, url) => {
    const { port, silent } = await silentAfter((connection) => connection.read(1))
    expect(await cutAt(silent, url, { url: `${scheme}://127.0.0.1:${port}` })).toEqual(atProxy)
  })

  it("while the proxy's name is looked up was at the proxy", async () => {
    const { asked, lookup } = deafLookup()
    expect(await cutAt(asked, 'http://origin.test/', { url: 'http://proxy.test' }, lookup)).toEqual(atProxy)
  })

  it('while a function makes the credentials for a tunnel was at the proxy', async () => {
    const asked = deferred()
    const auth = (): Promise<string> => {
      asked.resolve()
      return new Promise(() => undefined)
    }
    expect(await cutAt(asked.promise, 'https://origin.test/', { url: 'http://127.0.0.1:1', auth })).toEqual(
      atProxy,
    )
  })

  it.each([
    ['http://origin.test/', undefined],
    ['https://origin.test/', undefined],
    ['http://origin.test/', 'socks5://127.0.0.1:1'],
  ])('while the name in %s is looked up was in that (proxy: %s)', async (url, proxy) => {
    const { asked, lookup } = deafLookup()
    const options = proxy === undefined ? {} : { url: proxy }
    expect(await cutAt(asked, url, options, lookup)).toEqual(resolving)
  })
})
