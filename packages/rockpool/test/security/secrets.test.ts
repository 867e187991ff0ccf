/**
 * No secret is told to whoever only looks: errors in every form and at every phase, warnings, diagnostics channels, what
 * inspection shows, and what a resolver is asked. The secrets are in the URL, in fields, in the proxy's URL and options.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { LookupFunction } from 'node:net'
import { inspect } from 'node:util'
import { answer, answerAll, type Script, scriptedServer } from '@rockpool/testkit'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { channelNames, type ManagerOptions, PoolManager, type RequestOptions } from '../../src/index.js'
import { authority, proxyServer, secureOrigin } from '../support/servers.js'

/** Every character that a parser on the way may stumble over, percent-encoded where it stands in a URL. */
const SECRET = 's3cr3t@x#?/:%41'
const inUrl = `user:${encodeURIComponent(SECRET)}@`
/** The secret in every form in which it could leak. */
const FORMS = ['s3cr3t', Buffer.from(`user:${SECRET}`).toString('base64').replace(/=+$/, ''), 'hush-hush']

/** Everything that is said while a test runs. */
function overheard(): { texts: string[]; lookup: LookupFunction } {
  const texts: string[] = []
  const onWarning = (warning: Error): void => void texts.push(inspect(warning, { depth: 9 }))
  const onMessage = (message: unknown): void =>
    void texts.push(inspect(message, { depth: 9, showHidden: true }))
  process.on('warning', onWarning)
  for (const name of Object.values(channelNames)) subscribe(name, onMessage)
  onTestFinished(() => {
    process.off('warning', onWarning)
    for (const name of Object.values(channelNames)) unsubscribe(name, onMessage)
  })
  const lookup: LookupFunction = (name, options, found) => {
    texts.push(`looked up ${name}`)
    if (name === 'nowhere.test') found(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), '', 4)
    else if (options.all === true) found(null, [{ address: '127.0.0.1', family: 4 }])
    else found(null, '127.0.0.1', 4)
  }
  return { texts, lookup }
}

/** Every way in which an error is printed, and those of its causes. */
function printed(error: unknown): string[] {
  const texts: string[] = []
  for (let at = error, depth = 0; at instanceof Error && depth < 9; at = at.cause, depth += 1) {
    texts.push(
      String(at),
      at.message,
      at.stack ?? '',
      JSON.stringify(at),
      inspect(at, { depth: 9, showHidden: true }),
    )
    texts.push(inspect({ ...at }, { depth: 9 }))
  }
  texts.push(inspect([error], { depth: 9 }), JSON.stringify({ error }))
  return texts
}

function expectSilence(texts: readonly string[]): void {
  for (const text of texts) for (const form of FORMS) expect(text).not.toContain(form)
}

const secretFields = {
  Authorization: 'Bearer hush-hush',
  Cookie: 'id=hush-hush',
  'Proxy-Authorization': 'Basic hush-hush',
}

interface Failure {
  readonly script?: Script
  readonly url?: (port: number) => string
  readonly options?: ManagerOptions<readonly []>
  readonly request?: RequestOptions
}

const at = (port: number): string => `http://${inUrl}a.test:${port}/p`
const raw = (text: string): Script => answer(text)
const failures: Record<string, Failure> = {
  'an option': { request: { timeout: -1 } as RequestOptions },
  'an option that nobody knows': { request: { [`x${SECRET}`]: 1 } as RequestOptions },
  'a header value': { request: { headers: { Authorization: 'Bearer hush-hush\r\n' } } },
  'a URL that is none': { url: (port) => `http://${inUrl}[::1:${port}/` },
  'a password that was not encoded': { url: (port) => `http://user:${SECRET}@a.test:${port}/` },
  'a scheme that is none': { url: () => `htp://${inUrl}a.test/` },
  'the name': { url: () => `http://${inUrl}nowhere.test/` },
  'the connection': { url: () => `http://${inUrl}a.test:1/` },
  'the length of the body': { request: { body: 'abc', headers: { ...secretFields, 'Content-Length': '1' } } },
  'the head': { script: raw('HTTP/1.1 2000 no\r\n\r\n') },
  'an echo in the head': { script: raw('HTTP/1.1 200 OK\r\nX\0: y\r\n\r\n') },
  silence: { script: (connection) => connection.readRequest(), request: { timeout: { read: 20 } } },
  'the deadline': { script: (connection) => connection.readRequest(), request: { timeout: { total: 20 } } },
  'the end of the connection': {
    script: [(connection) => connection.readRequest(), (connection) => connection.reset()],
  },
  'the length of the answer': {
    script: [raw('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc'), (connection) => connection.end()],
  },
  'a chunk': { script: raw('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n') },
  decoding: { script: raw('HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc') },
  'a redirect to no URL': {
    script: raw('HTTP/1.1 302 Found\r\nLocation: http://[\r\nContent-Length: 0\r\n\r\n'),
  },
  'a redirect with a password': {
    script: raw(`HTTP/1.1 302 Found\r\nLocation: http://${inUrl}nowhere.test/\r\nContent-Length: 0\r\n\r\n`),
  },
  'a redirect with a password in no URL': {
    script: raw(
      `HTTP/1.1 302 Found\r\nLocation: http://user:s3cr3t@a b:99999999/\r\nContent-Length: 0\r\n\r\n`,
    ),
  },
  'a retry too many': {
    script: raw('HTTP/1.1 503 No\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n'),
  },
}

describe('a call that fails because of', () => {
  it.each(Object.keys(failures))('%s tells no secret', async (what) => {
    const {
      script = raw('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'),
      url = at,
      options,
      request,
    } = failures[what] as Failure
    const { texts, lookup } = overheard()
    const server = await scriptedServer(script)
    onTestFinished(() => server.close().catch(() => undefined))
    const manager = new PoolManager({
      lookup,
      retries: { total: 3, connect: 0, read: 0, other: 0, status: 0, allowedMethods: 'any' },
      ...options,
      headers: secretFields,
    })
    onTestFinished(() => manager.close({ graceMs: 1 }))
    let outcome: unknown
    try {
      outcome = await manager.request('POST', url(server.port), request)
    } catch (error) {
      outcome = error
    }
    expect(outcome).toBeInstanceOf(Error)
    // A name that the caller made up is the caller's own to show.
    const own = what === 'an option that nobody knows'
    if (!own) expectSilence([...printed(outcome), ...texts])
    expectSilence([inspect(manager, { depth: 9, showHidden: true }), JSON.stringify(manager.inspect())])
  })
})

describe('what is for a proxy', () => {
  const proxies: Record<string, (url: string) => ManagerOptions<readonly []>> = {
    'in its URL': (url) => ({ proxy: url.replace('//', `//${inUrl}`) }),
    'in auth': (url) => ({ proxy: url, proxyAuth: { username: 'user', password: SECRET } }),
    'in a function': (url) => ({ proxy: url, proxyAuth: () => 'Bearer hush-hush' }),
    'in its headers': (url) => ({ proxy: url, proxyHeaders: { 'X-Token': 'hush-hush' } }),
  }
  for (const [where, options] of Object.entries(proxies)) {
    it(`${where} is told to nobody else, whether it works or fails`, async () => {
      const { texts, lookup } = overheard()
      const [working, secure] = await Promise.all([proxyServer(), secureOrigin()])
      const refusing = await scriptedServer(
        answerAll('HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n'),
      )
      onTestFinished(() => refusing.close().catch(() => undefined))
      for (const url of [working.url, refusing.origin, 'http://127.0.0.1:1']) {
        const manager = new PoolManager({
          lookup,
          retries: false,
          caCertData: authority.cert,
          ...options(url),
        })
        manager.hooks.onSettle.tap(
          'spy',
          (exchange) => void texts.push(inspect(exchange.error, { depth: 9 })),
        )
        try {
          const response = await manager.request('GET', secure.url)
          texts.push(inspect(response, { depth: 9 }), JSON.stringify([response.history, response.connection]))
        } catch (error) {
          texts.push(...printed(error))
        }
        texts.push(inspect(manager, { depth: 9, showHidden: true }), JSON.stringify(manager.inspect()))
        await manager.close({ graceMs: 1 })
      }
      expect(texts.join('\n')).toContain(working.url)
      expectSilence(texts)
      expect(secure.seen.map(({ headers }) => JSON.stringify(headers)).join()).not.toMatch(
        /hush|proxy-auth|x-token/i,
      )
    })
  }
})

it('no user information is printed, whatever it is and whatever becomes of the URL', async () => {
  const { texts, lookup } = overheard()
  await using manager = new PoolManager({ lookup, retries: false, timeout: 2_000 })
  // Distinct from every word that an error may use, and with every delimiter of a URL in it. Left out: a bare "@" with a "/",
  // "?" or "#" behind it, for there the grammar sees a whole URL with a host, and nobody can tell that it was a password.
  const password = fc
    .array(
      fc.constantFrom(
        '@',
        ':',
        '/',
        '?',
        '#',
        '%',
        '%2',
        '%41',
        '[',
        ']',
        ' ',
        '\\',
        '\r\n',
        'é',
        '\u{1f600}',
        '&',
        '=',
      ),
      { maxLength: 5 },
    )
    .map((parts) => `Zq9${parts.join('Zq9')}Zq9`)
    .filter((text) => !/@.*[/?#]/s.test(text))
  const host = fc.constantFrom(
    'nowhere.test',
    'a.test:1',
    '[::1',
    'a b',
    'a..b',
    '',
    'a.test:99999',
    'a.test:1/x',
    'x\0',
  )
  await fc.assert(
    fc.asyncProperty(
      password,
      host,
      fc.constantFrom('http', 'https', 'htp', 'HTTP'),
      async (text, where, scheme) => {
        let failure: unknown
        try {
          await manager.request('GET', `${scheme}://user:${text}@${where}`)
        } catch (error) {
          failure = error
        }
        expect(failure).toBeInstanceOf(Error)
        for (const shown of [...printed(failure), ...texts.splice(0)]) expect(shown).not.toContain('Zq9')
      },
    ),
    { numRuns: 100 },
  )
})
