/**
 * Whatever text comes through whatever door, what reaches a server is the request that was meant, or none: no line more, no
 * second request, no other Host. A strict server reads every byte, and the connection serves a harmless request afterwards.
 */

import { definePlugin, type RequestContext } from '@rockpool/core/plugin'
import { type ScriptedServer, scriptedServer } from '@rockpool/testkit'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { HTTPError, HTTPHeaders, PoolManager, type RequestOptions } from '../../src/index.js'

/** What is tried: pieces that mean something to some parser on the way, in any order. */
const piece = fc.constantFrom(
  '\r\n', '\n', '\r', '\0', '\r\n\r\n', '\t', ' ', '\x0b', '\x7f', '\x85', '\u2028', '\u010a', '\u010d\u010a',
  '\u560d\u560a', '\u212a', '\u017f', '\ud800', '\u{1f600}', '\xe9', '%0d%0a', '%00', 'Evil: 1', 'evil', 'Host: evil.test',
  'Content-Length: 7', 'Transfer-Encoding: chunked', 'GET /evil HTTP/1.1', ' HTTP/1.1', '0\r\n\r\n', 'a', '1', ',', ';', '=',
  ':', '"', '\\', '/', '//', '#', '?', '&', '@', '@evil.test', 'http://evil.test/', 'chunked', 'close', 'upgrade', '__proto__',
) // biome-ignore format: a list of pieces
const evilText = fc.oneof(
  { weight: 5, arbitrary: fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join('')) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'a\r\nEvil: 1',
      'a\nEvil: 1',
      'x\r\n\r\nGET /evil HTTP/1.1\r\nHost: e\r\n\r\n',
    ),
  },
)

interface Situation {
  readonly url: string
  /** The manager of every door that needs no other. */
  readonly manager: PoolManager
  /** A manager with one tap in onRequest. */
  tapped(act: (context: RequestContext) => void): PoolManager
  /** A manager that uses the server as its proxy. */
  proxied(options: object): PoolManager
}

type Door = (text: string, at: Situation) => Promise<unknown>

const get = (at: Situation, options: object, method = 'GET'): Promise<unknown> =>
  at.manager.request(method, `${at.url}/it`, options as RequestOptions)
const post = (at: Situation, options: object): Promise<unknown> => get(at, options, 'POST')
const field = (name: string): [string, Door] => [
  `the value of ${name}`,
  (text, at) => post(at, { headers: { [name]: text }, body: 'abc' }),
]

const doors: Record<string, Door> = {
  'the method of request': (text, at) => at.manager.request(text, `${at.url}/it`),
  'the method of urlopen': (text, at) => at.manager.urlopen(text, `${at.url}/it`),
  'the path': (text, at) => at.manager.request('GET', `${at.url}/${text}`),
  'what follows the host': (text, at) => at.manager.request('GET', `${at.url}${text}`),
  'the user of a URL': (text, at) => {
    // These end the authority, and what is left of the text may then be the address of another server.
    const user = text.replace(/[/?#\\]/g, encodeURIComponent)
    return at.manager.request('GET', at.url.replace('//', `//${user}@`))
  },
  'a name in query': (text, at) => get(at, { query: { [text]: 'v' } }),
  'a value in query': (text, at) => get(at, { query: { n: text } }),
  'query as text': (text, at) => get(at, { query: text }),
  'a name in fields': (text, at) => post(at, { fields: { [text]: 'v' }, encodeMultipart: false }),
  'a value in fields': (text, at) => post(at, { fields: { n: text }, encodeMultipart: false }),
  'fields of GET': (text, at) => get(at, { fields: { [text]: text } }),
  'a name in multipart': (text, at) => post(at, { fields: { [text]: 'v' } }),
  'a file name': (text, at) => post(at, { fields: { n: { data: 'v', filename: text } } }),
  'the type of a part': (text, at) => post(at, { fields: { n: { data: 'v', filename: 'f', type: text } } }),
  'a name in FormData': (text, at) => {
    const form = new FormData()
    form.set(text, new File(['v'], text, { type: text }))
    return post(at, { body: form })
  },
  'the type of a Blob': (text, at) => {
    const blob = Object.defineProperty(new Blob(['x']), 'type', { value: text })
    return post(at, { body: blob })
  },
  'a header name': (text, at) => get(at, { headers: { [text]: 'v' } }),
  'a header value': (text, at) => get(at, { headers: { 'X-It': text } }),
  'one of several header values': (text, at) => get(at, { headers: { 'X-It': ['a', text] } }),
  'a pair of header name and value': (text, at) => get(at, { headers: [['X-It', text]] }),
  'web Headers': (text, at) => get(at, { headers: new Headers([['X-It', text]]) }),
  'a Map of headers': (text, at) => get(at, { headers: new Map([['X-It', text]]) }),
  HTTPHeaders: (text, at) => get(at, { headers: new HTTPHeaders({ 'X-It': text }) }),
  'HTTPHeaders that nobody has checked': (text, at) =>
    get(at, { headers: HTTPHeaders.fromRaw(['X-It', text]) }),
  'a name that nobody has checked': (text, at) => get(at, { headers: HTTPHeaders.fromRaw([text, 'v']) }),
  'a value that is an object': (text, at) => get(at, { headers: { 'X-It': { toString: () => text } } }),
  'a header that a plugin sets': (text, at) =>
    get({ ...at, manager: at.tapped(({ request }) => void request.headers.set('X-It', text)) }, {}),
  'a header name that a plugin adds': (text, at) =>
    get({ ...at, manager: at.tapped(({ request }) => void request.headers.add(text, 'v')) }, {}),
  'a target that a plugin gives': (text, at) => {
    const act = (context: RequestContext): void => {
      context.request = context.request.with({ target: `/${text}` })
    }
    return get({ ...at, manager: at.tapped(act) }, {})
  },
  'a partition that a plugin adds': (text, at) => {
    const act = (context: RequestContext): void => {
      context.partition += text
    }
    return get({ ...at, manager: at.tapped(act) }, {})
  },
  'a Location': (text, at) => get(at, { headers: { 'X-Location': Buffer.from(text).toString('base64') } }),
  'a header for the proxy': (text, at) =>
    get({ ...at, manager: at.proxied({ headers: { 'X-It': text } }) }, {}),
  'credentials for the proxy': (text, at) => get({ ...at, manager: at.proxied({ auth: text }) }, {}),
  'credentials made for the proxy': (text, at) =>
    get({ ...at, manager: at.proxied({ auth: () => text }) }, {}),
  'the user of the proxy': (text, at) =>
    get({ ...at, manager: at.proxied({ auth: { username: text, password: text } }) }, {}),
  ...Object.fromEntries(
    [
      'Host',
      'Content-Length',
      'Transfer-Encoding',
      'Connection',
      'Upgrade',
      'Expect',
      'TE',
      'Content-Type',
      'Cookie',
    ].map(field),
  ),
}

/** Doors by which the caller may say another Host. */
const OWN_HOST = new Set(['the value of Host'])

async function situation(): Promise<{ server: ScriptedServer; at: Situation; close: () => Promise<void> }> {
  const server = await scriptedServer(async (connection) => {
    for (;;) {
      const request = await connection.readRequest().catch(() => undefined)
      if (request === undefined) return
      const [, wanted] = request.headers.find(([name]) => name.toLowerCase() === 'x-location') ?? []
      const location = Buffer.from(wanted ?? '', 'base64')
        .toString('utf8')
        .replace(/[\r\n]/g, '')
      const seen = request.target !== '/it' || wanted === undefined
      if (seen) connection.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
      else
        connection.send(
          Buffer.from(`HTTP/1.1 302 Found\r\nLocation: /l${location}\r\nContent-Length: 0\r\n\r\n`, 'latin1'),
        )
    }
  })
  const managers: PoolManager[] = []
  const made = (options: object): PoolManager => {
    const manager = new PoolManager({ retries: { total: 2, redirect: 2 }, timeout: 5_000, ...options })
    managers.push(manager)
    return manager
  }
  const at: Situation = {
    url: server.origin,
    manager: made({}),
    tapped: (act) =>
      made({
        plugins: [
          definePlugin({ name: 'evil', apply: (host) => void host.hooks.onRequest.tap('evil', act) })(),
        ],
      }),
    proxied: (options) => made({ proxy: { url: server.origin, ...options } }),
  }
  const close = async (): Promise<void> => {
    await Promise.all(managers.map((manager) => manager.close({ graceMs: 1 })))
    await server.close().catch(() => undefined)
  }
  return { server, at, close }
}

/** What is wrong with what the server got, if anything. */
function complaints(requests: readonly string[], host: string | undefined, own: string): string[] {
  const found: string[] = []
  for (const raw of requests) {
    const [head = '', ...content] = raw.split('\r\n\r\n')
    const lines = head.split('\r\n')
    if (/[^\t\x20-\x7e\x80-\xff]/.test(lines.join('')))
      found.push(`a control character in ${JSON.stringify(head)}`)
    // The first line is the request line, and a method may well be called that.
    if (lines.slice(1).some((line) => /^evil\b/i.test(line) && line !== own))
      found.push(`a line more: ${JSON.stringify(head)}`)
    if (
      content
        .join('\r\n\r\n')
        .split(/\r\n|\n|\r/)
        .some((line) => /^evil:/i.test(line))
    )
      found.push(`a line more in a part: ${JSON.stringify(raw)}`)
    const hosts = lines.filter((line) => /^host:/i.test(line))
    if (hosts.length !== 1 || (host !== undefined && hosts[0] !== `Host: ${host}`))
      found.push(`Hosts ${hosts.join()}`)
  }
  return found
}

describe.each(Object.entries(doors))('through %s', (name, door) => {
  it('no text makes another line, another request or another Host', async () => {
    const { server, at, close } = await situation()
    onTestFinished(close)
    const host = OWN_HOST.has(name) ? undefined : `127.0.0.1:${server.port}`
    await fc.assert(
      fc.asyncProperty(evilText, async (text) => {
        const before = server.requests.length
        const outcome = await (async () => door(text, at))().then(
          () => 'answered',
          (error: unknown) => error,
        )
        await at.manager.request('GET', `${at.url}/after`)
        const got = server.requests.slice(before)
        expect(server.failures).toEqual([])
        expect(got.at(-1)?.startsWith('GET /after HTTP/1.1\r\n')).toBe(true)
        expect(complaints(got, host, `${text}: v`)).toEqual([])
        if (outcome === 'answered') {
          expect(got.length - 1).toBeGreaterThanOrEqual(1)
          expect(got.length - 1).toBeLessThanOrEqual(name === 'a Location' ? 2 : 1)
        } else if (!(outcome instanceof HTTPError)) {
          // Refused before it came to us, by the platform's own Headers and the like.
          expect(outcome).toBeInstanceOf(TypeError)
          expect(got).toHaveLength(1)
        }
      }),
      { numRuns: 30 },
    )
  })
})
