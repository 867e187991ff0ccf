// What retries and redirects look like from the other end of the wire.
import { Readable } from 'node:stream'
import { IncompleteRead, MaxRetryError, ProtocolError } from '@rockpool/core/plugin'
import { type ReceivedRequest, response, scriptedServer } from '@rockpool/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { testClock } from './support/settle.js'
import { type Answer, inTurn, manager, type Origin, ok, pool, serve, to } from './support/wire-servers.js'

describe('a redirected request', () => {
  it('after 303 is a GET without content and without a word about one, however the content was framed', async () => {
    for (const options of [
      { fields: { a: '1' } },
      { fields: { a: '1' }, encodeMultipart: false },
      { body: 'x', chunked: true },
      { json: { a: 1 }, expectContinue: false },
      { body: Readable.from(['x']) },
      { body: 'x', headers: { 'Content-Type': 'a/b', 'Content-Length': '1', 'Content-Language': 'de' } },
    ]) {
      const server = await serve((request) => (request.target === '/form' ? to('/done', 303) : ok))
      await pool(server).request('POST', '/form', options)
      const [, second] = server.seen
      expect(second?.method).toBe('GET')
      expect(second?.body).toHaveLength(0)
      expect(second?.headers.map(([name]) => name.toLowerCase())).toEqual([
        'host',
        'accept-encoding',
        'user-agent',
      ])
    }
  })

  it('has a Host of its own after each hop, and keeps one that the caller gave only at home', async () => {
    const other = await serve((request) => (request.target === '/' ? to('/again') : ok))
    const server = await serve((request) => (request.target === '/' ? to('/home') : to(`${other.origin}/`)))
    await manager().request('GET', `${server.origin}/`, { headers: { Host: 'shop.example' }, retries: 9 })
    expect(server.seen.map((request) => request.header('host'))).toEqual(['shop.example', 'shop.example'])
    const own = `${other.host}:${other.port}`
    expect(other.seen.map((request) => request.header('host'))).toEqual([own, own])
  })

  it('never sends a fragment, and keeps query and path as the Location has them', async () => {
    const server = await serve((request) => (request.target === '/' ? to('/b?x=%2f#part') : ok))
    await pool(server).request('GET', '/#old')
    expect(server.seen.map(({ target }) => target)).toEqual(['/', '/b?x=%2F'])
  })

  it('leaves the body of the 3xx undecoded, and the connection in use', async () => {
    const broken = response(302, 'this is no gzip', { Location: '/b', 'Content-Encoding': 'gzip' })
    for (const preloadContent of [true, false]) {
      const server = await serve((request) => (request.target === '/' ? broken : ok))
      const answer = await pool(server).request('GET', '/', { preloadContent })
      expect(await answer.text()).toBe('done')
      expect(server.connections).toHaveLength(1)
    }
  })

  it('goes over one connection with block and maxSize 1, without a deadlock', async () => {
    const server = await serve((request, count) => {
      if (request.target === '/') return to('/b', 302, 'x'.repeat(5000))
      return count % 3 === 1 ? response(503, 'busy', { 'Retry-After': '0' }) : ok
    })
    const one = pool(server, { block: true, maxSize: 1 })
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        one.request('GET', '/', { preloadContent: false, retries: 50 }).then((answer) => answer.text()),
      ),
    )
    expect(answers).toEqual(answers.map(() => 'done'))
    expect(one.numConnections).toBe(1)
  })

  it('does not wait for the end of a huge 3xx', async () => {
    const server = await scriptedServer(async (connection) => {
      const { target } = await connection.readRequest()
      if (target === '/b') return connection.send(ok)
      await connection.send('HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 1000000000\r\n\r\n')
      await connection.send('x'.repeat(200_000)).catch(() => undefined)
    })
    onTestFinished(() => server.close())
    expect((await pool(server).request('GET', '/')).status).toBe(200)
    expect(server.connections).toHaveLength(2)
  })
})

describe('a retry', () => {
  it('follows a malformed head, a head that breaks off and a connection closed without a word', async () => {
    const faults: Answer[] = [
      'HTTP/0.5 200 OK\r\n\r\n',
      'HTTP/1.1 Omg What Is This?\r\n\r\n',
      'close',
      'reset',
    ]
    for (const fault of faults) {
      const server = await serve(inTurn(fault, ok))
      const answer = await pool(server).request('GET', '/', { retries: { read: 1 } })
      expect(answer.status).toBe(200)
      expect(answer.history[0]?.error).toBeInstanceOf(ProtocolError)
    }
  })

  it('follows a short body while it is preloaded, never one that the caller streams', async () => {
    const short = (): Origin | Promise<Origin> =>
      serveOnce('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhel')
    const server = await short()
    const made = pool(server)
    expect(await (await made.request('GET', '/')).text()).toBe('done')
    // Its first attempt had both an answer and a failure, and is one call for the budget all the same.
    expect(JSON.stringify(made.inspect())).toContain('"calls":1,"retries":1')
    const streamed = await short()
    const answer = await pool(streamed).request('GET', '/', { preloadContent: false })
    await expect(answer.text()).rejects.toBeInstanceOf(IncompleteRead)
    expect(streamed.seen).toHaveLength(1)
  })

  async function serveOnce(broken: string): Promise<Origin> {
    const seen: ReceivedRequest[] = []
    const server = await scriptedServer(async (connection) => {
      seen.push(await connection.readRequest())
      await connection.send(seen.length === 1 ? broken : ok)
      if (seen.length === 1) await connection.end()
    })
    onTestFinished(() => server.close())
    return Object.assign(server, { seen })
  }

  it('never follows a POST that may have arrived: the server counts one', async () => {
    for (const fault of [
      'close',
      'HTTP/1.1 Omg\r\n\r\n',
      'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort',
    ] as const) {
      const server = await serve(() => fault)
      const made = pool(server, { timeout: { read: 200 } })
      const error = await made
        .request('POST', '/', { body: 'x', retries: 9 })
        .catch((failure: unknown) => failure)
      expect(error).not.toBeInstanceOf(MaxRetryError)
      expect(server.seen).toHaveLength(1)
    }
  })

  it('reads the last answer although its length was a lie, when the policy returns it', async () => {
    const server = await scriptedServer(async (connection) => {
      await connection.readRequest()
      await connection.send('HTTP/1.1 404 Not Found\r\nContent-Length: 1000\r\n\r\n')
      await connection.end()
    })
    onTestFinished(() => server.close())
    const made = pool(server, { block: true })
    const answer = await made.request('GET', '/', {
      retries: { total: 1, raiseOnStatus: false, statusForcelist: [404] },
      preloadContent: false,
    })
    expect(answer.status).toBe(404)
    expect(answer.history).toHaveLength(1)
    await answer.drain()
    expect(server.connections).toHaveLength(2)
  })

  it('gives the connection of a refused answer back: one connection for all attempts', async () => {
    const server = await serve(() => response(500, 'sorry'))
    const made = pool(server)
    for (let i = 0; i < 3; i++) {
      await expect(made.request('GET', '/', { retries: { statusForcelist: [500] } })).rejects.toBeInstanceOf(
        MaxRetryError,
      )
    }
    expect(server.seen).toHaveLength(12)
    expect(server.connections).toHaveLength(1)
  })

  it('waits without holding a connection', async () => {
    const server = await serve((request, count) =>
      count === 0 ? response(503, '', { 'Retry-After': '1' }) : response(200, request.target),
    )
    const clock = testClock()
    const one = pool(server, { block: true, maxSize: 1, clock })
    const slow = one.request('GET', '/slow')
    const quick = await one.request('GET', '/quick')
    expect(await quick.text()).toBe('/quick')
    expect(server.seen.map(({ target }) => target)).toEqual(['/slow', '/quick'])
    clock.advance(1000)
    expect(await (await slow).text()).toBe('/slow')
  })
})

describe('the error that gives an answer up', () => {
  it.each([
    ['a listed status', 500, {}, 'ERR_MAX_RETRY'],
    ['a redirect too many', 302, { Location: '/' }, 'ERR_MAX_RETRY'],
    ['a Location that is no url', 302, { Location: 'http://a b/' }, 'ERR_LOCATION_PARSE'],
    ['a Location without a host', 302, { Location: 'http://' }, 'ERR_LOCATION_VALUE'],
    ['a Location of another scheme', 302, { Location: 'ftp://h/' }, 'ERR_URL_SCHEME_UNKNOWN'],
  ] as const)(
    'after %s tells where the call stood, on which connection, and what was asked',
    async (_, status, headers, code) => {
      const server = await serve(() => response(status, '', headers))
      const asked = pool(server)
      const options = { retries: { total: 0, statusForcelist: [500] } }
      for (const reusedConnection of [false, true]) {
        const error = await asked.request('GET', '/', options).catch((failure: unknown) => failure)
        expect(error).toMatchObject({
          code,
          phase: 'head',
          sent: 'all',
          reusedConnection,
          attempt: 1,
          method: 'GET',
          url: `${server.origin}/`,
        })
        if (error instanceof MaxRetryError) expect(error.reason).toMatchObject({ reusedConnection })
      }
    },
  )
})
