// Redirects and retries through nginx: its own redirects, its own 503, and a backend that dies and comes back under load.
import { createServer, type Server } from 'node:http'
import type { LookupFunction } from 'node:net'
import { HTTPConnectionPool, PoolManager } from '@rockpool/core'
import { HTTPError } from '@rockpool/core/plugin'
import { describe, expect, it } from 'vitest'
import { freePort } from '../../testkit/interop/ports.js'
import { redirect, retry } from '../src/index.js'
import { hasNginx, Nginx } from './nginx.js'

const lookup = ((_name: string, _options: unknown, done: (...args: unknown[]) => void): void => {
  done(null, [{ address: '127.0.0.1', family: 4 }])
}) as unknown as LookupFunction

describe.runIf(hasNginx())('nginx', () => {
  it('redirects over two server names with all five statuses; credentials stay at home', async () => {
    const port = await freePort()
    const show =
      'return 200 "$request_method $host$request_uri auth=[$http_authorization] cookie=[$http_cookie]";'
    await using nginx = new Nginx(
      `server {
         listen 127.0.0.1:${port}; server_name a.test; absolute_redirect off;
         location = /start { return 301 http://b.test:${port}/one; }
         location = /three { return 308 /end?from=b; }
         location = /home { return 302 /end; }
         location = /form { return 303 /end; }
         location = /away { return 302 ftp://b.test/; }
         location = /loop { return 302 /loop; }
         location = /end { ${show} }
       }
       server {
         listen 127.0.0.1:${port}; server_name b.test; absolute_redirect off;
         location = /one { return 302 two; }
         location = /two { return 307 //a.test:${port}/three; }
         location = /back { ${show} }
       }`,
      port,
    )
    await nginx.start()
    await using manager = new PoolManager({ plugins: [redirect(), retry({ total: 10 })], lookup })
    const home = `http://a.test:${port}`
    const headers = { Authorization: 'Basic c2VjcmV0', Cookie: 'id=1' }

    const chain = await manager.request('GET', `${home}/start`, { headers })
    expect(chain.history.map(({ status }) => status)).toEqual([301, 302, 307, 308])
    expect(chain.url).toBe(`${home}/end?from=b`)
    expect(await chain.text()).toBe('GET a.test/end?from=b auth=[] cookie=[]')

    const stay = await manager.request('GET', `${home}/home`, { headers })
    expect(await stay.text()).toBe('GET a.test/end auth=[Basic c2VjcmV0] cookie=[id=1]')

    const form = await manager.request('POST', `${home}/form`, { fields: { a: '1' } })
    expect(await form.text()).toBe('GET a.test/end auth=[] cookie=[]')

    await expect(manager.request('GET', `${home}/away`)).rejects.toMatchObject({
      code: 'ERR_URL_SCHEME_UNKNOWN',
    })
    await expect(manager.request('GET', `${home}/loop`)).rejects.toMatchObject({ code: 'ERR_MAX_RETRY' })
    await using pool = new HTTPConnectionPool('a.test', port, { plugins: [redirect()], lookup })
    await expect(pool.request('GET', '/start')).rejects.toMatchObject({ code: 'ERR_HOST_CHANGED' })
    expect((await pool.request('GET', '/start', { redirect: false })).status).toBe(301)
  })

  it('limits the rate with 503 and Retry-After, and every request is answered in its time', async () => {
    const port = await freePort()
    await using nginx = new Nginx(
      `limit_req_zone $binary_remote_addr zone=one:1m rate=4r/s;
       server {
         listen 127.0.0.1:${port};
         location / {
           limit_req zone=one burst=1 nodelay; limit_req_status 503;
           add_header Retry-After 1 always;
           empty_gif;
         }
       }`,
      port,
    )
    await nginx.start()
    const callers = 6
    await using pool = new HTTPConnectionPool('127.0.0.1', port, {
      plugins: [retry({ total: 20 })],
      maxSize: callers,
    })
    const began = performance.now()
    const answers = await Promise.all(Array.from({ length: callers }, (_, i) => pool.request('GET', `/${i}`)))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    const waits = answers.flatMap(({ history }) => history)
    expect(waits.length).toBeGreaterThan(0)
    for (const { status, delayMs } of waits) expect([status, delayMs]).toEqual([503, 1000])
    const longest = Math.max(...answers.map(({ history }) => history.length))
    expect(performance.now() - began).toBeGreaterThanOrEqual(longest * 1000 - 50)
  })
})

/** Counts what really arrives, by the id of the call. */
class Backend {
  readonly arrived = new Map<string, number>()
  readonly #port: number
  #server: Server | undefined

  constructor(port: number) {
    this.#port = port
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => {
      const id = `${request.method} ${String(request.headers['x-id'])}`
      this.arrived.set(id, (this.arrived.get(id) ?? 0) + 1)
      request.resume()
      request.on('end', () => setImmediate(() => response.end(id)))
    })
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', () => resolve()))
    this.#server = server
  }

  /** Dies with whatever it is doing. */
  async die(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (server === undefined) return
    const gone = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await gone
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.die()
  }
}

interface Load {
  readonly answered: Map<string, number>
  readonly failed: Map<string, unknown>
  /** Attempts that another one followed. */
  readonly repeated: number
}

/** Callers that ask one thing after the other until they are told to stop. */
async function load(
  pool: {
    request(
      method: string,
      url: string,
      options: object,
    ): Promise<{ status: number; history: readonly unknown[] }>
  },
  callers: number,
  trouble: () => Promise<void>,
): Promise<Load> {
  const answered = new Map<string, number>()
  const failed = new Map<string, unknown>()
  let over = false
  let repeated = 0
  const methods = ['GET', 'PUT', 'POST', 'DELETE']
  const caller = async (number: number): Promise<void> => {
    for (let i = 0; !over; i++) {
      const method = methods[(number + i) % methods.length] ?? 'GET'
      const id = `${number}-${i}`
      const body = method === 'PUT' || method === 'POST' ? 'x'.repeat(2000) : null
      try {
        const { status, history } = await pool.request(method, '/', { headers: { 'X-Id': id }, body })
        answered.set(`${method} ${id}`, status)
        repeated += history.length
      } catch (error) {
        failed.set(`${method} ${id}`, error)
      }
    }
  }
  const working = Promise.all(Array.from({ length: callers }, (_, number) => caller(number)))
  await trouble()
  over = true
  await working
  return { answered, failed, repeated }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const patient = {
  total: 15,
  statusForcelist: [502, 503, 504],
  backoffFactor: 20,
  backoffMax: 200,
  backoffJitter: 20,
}

function judge({ answered, failed, repeated }: Load, backend: Backend): void {
  for (const [id, count] of backend.arrived) if (id.startsWith('POST')) expect([id, count]).toEqual([id, 1])
  const broken = [...failed].filter(([id]) => !id.startsWith('POST'))
  expect(broken).toEqual([])
  for (const [id, status] of answered) if (!id.startsWith('POST')) expect([id, status]).toEqual([id, 200])
  for (const error of failed.values()) expect(error).toBeInstanceOf(HTTPError)
  expect(answered.size).toBeGreaterThan(100)
  expect(repeated).toBeGreaterThan(0)
}

describe.runIf(hasNginx())('a backend that dies and comes back under load', () => {
  const setUp = async (): Promise<{ backend: Backend; nginx: Nginx; port: number }> => {
    const [port, backendPort] = [await freePort(), await freePort()]
    const backend = new Backend(backendPort)
    await backend.start()
    const nginx = new Nginx(
      `upstream backend { server 127.0.0.1:${backendPort} max_fails=0; keepalive 8; }
       server {
         listen 127.0.0.1:${port};
         location / {
           proxy_pass http://backend; proxy_http_version 1.1; proxy_set_header Connection "";
           proxy_next_upstream off;
         }
       }`,
      port,
    )
    await nginx.start()
    return { backend, nginx, port }
  }

  it('behind nginx: every idempotent request is answered, no POST arrives twice', async () => {
    const { backend, nginx, port } = await setUp()
    await using _both = nginx
    await using _backend = backend
    await using pool = new HTTPConnectionPool('127.0.0.1', port, { plugins: [retry(patient)], maxSize: 40 })
    const result = await load(pool, 40, async () => {
      for (let i = 0; i < 3; i++) {
        await pause(150)
        await backend.die()
        await pause(200)
        await backend.start()
      }
      await pause(150)
    })
    judge(result, backend)
    expect([...result.answered.values()].filter((status) => status === 502).length).toBeGreaterThan(0)
  })

  it('as nginx itself: refused and reset connections are survived alike', async () => {
    const { backend, nginx, port } = await setUp()
    await using _both = nginx
    await using _backend = backend
    await using pool = new HTTPConnectionPool('127.0.0.1', port, { plugins: [retry(patient)], maxSize: 40 })
    const result = await load(pool, 40, async () => {
      for (let i = 0; i < 3; i++) {
        await pause(150)
        await nginx.stop()
        await pause(150)
        await nginx.start()
      }
      await pause(150)
    })
    judge(result, backend)
  })

  it('with block and one connection: nobody waits for ever', async () => {
    const { backend, nginx, port } = await setUp()
    await using _both = nginx
    await using _backend = backend
    await using pool = new HTTPConnectionPool('127.0.0.1', port, {
      plugins: [retry(patient), redirect()],
      maxSize: 1,
      block: true,
    })
    const result = await load(pool, 20, async () => {
      for (let i = 0; i < 3; i++) {
        await pause(100)
        await backend.die()
        await nginx.stop()
        await pause(100)
        await nginx.start()
        await backend.start()
      }
      await pause(200)
    })
    judge(result, backend)
  })
})
