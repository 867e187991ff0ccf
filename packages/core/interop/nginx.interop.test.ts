// Against a real nginx: connections kept and not kept, long transfers both ways in flat memory, codings, expectations,
// answers without a body, and a server that changes its workers or restarts under load.
import { createHash } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { fileBody, HTTPConnectionPool, type PoolOptions } from '../src/index.js'
import { hasBrotli, hasNginx, Nginx } from './support/nginx.js'

const MEGABYTE = 1_048_576
const LONG = 100 * MEGABYTE

const DIRECTIVES = `
  location = /hello { return 200 "$request_method $request_uri $http_host"; }
  location = /nothing { return 204; }
  location = /closing { keepalive_timeout 0; return 200 "bye"; }
  location /few/ { keepalive_requests 5; return 200 "$connection"; }
  location /hint/ { keepalive_timeout 60s 5s; return 200 "hinted"; }
  location /coded/ { gzip on; gzip_types *; gzip_min_length 1; ${hasBrotli ? 'brotli on; brotli_types *; brotli_min_length 1;' : ''} alias FILES/; }
  location /upload/ { dav_methods PUT DELETE; client_max_body_size 200m; client_body_buffer_size 64k; alias FILES/; }
  location /small/ { dav_methods PUT; client_max_body_size 1k; alias FILES/; }
`

/** Bytes that no coding makes much shorter, the same at every run. */
function noise(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length)
  let state = 1
  for (let offset = 0; offset + 4 <= length; offset += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    bytes.writeUInt32LE(state, offset)
  }
  return bytes
}

const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** The most that memory grew while something ran. */
async function growthWhile(run: (sample: () => void) => Promise<void>): Promise<number> {
  const gc = globalThis.gc as () => void
  gc()
  const before = process.memoryUsage().rss
  let most = before
  await run(() => {
    most = Math.max(most, process.memoryUsage().rss)
  })
  return most - before
}

describe.skipIf(!hasNginx())('nginx', () => {
  let nginx: Nginx
  beforeAll(async () => {
    nginx = await Nginx.start(DIRECTIVES)
    writeFileSync(join(nginx.files, 'long'), noise(LONG))
    writeFileSync(join(nginx.files, 'text'), 'hello hello hello '.repeat(50_000))
  })
  afterAll(() => nginx?.[Symbol.asyncDispose]())

  const poolOf = (options: PoolOptions<readonly []> = {}): HTTPConnectionPool => {
    const pool = new HTTPConnectionPool('127.0.0.1', nginx.port, options)
    onTestFinished(() => pool.close({ graceMs: 1 }))
    return pool
  }

  it('serves many requests over one connection', async () => {
    const pool = poolOf()
    for (let count = 0; count < 100; count += 1) {
      expect(await (await pool.request('GET', `/hello?${count}`)).text()).toBe(
        `GET /hello?${count} 127.0.0.1:${nginx.port}`,
      )
    }
    expect(pool.numConnections).toBe(1)
    const entries = nginx.log().filter((line) => line.startsWith('GET /hello?'))
    expect(new Set(entries.map((line) => line.split(' ')[3])).size).toBe(1)
    expect(entries.at(-1)?.split(' ')[4]).toBe('100')
  })

  it('closes after as many requests as it likes, and each closing costs one connection and no error', async () => {
    const pool = poolOf()
    const connections = new Set<string>()
    for (let count = 0; count < 20; count += 1)
      connections.add(await (await pool.request('GET', '/few/')).text())
    expect(connections.size).toBe(4)
    for (let count = 0; count < 3; count += 1)
      expect((await pool.request('POST', '/closing', { body: 'x' })).status).toBe(200)
  })

  it('tells how long it keeps a connection, and is believed', async () => {
    const pool = poolOf()
    const response = await pool.request('GET', '/hint/')
    expect(response.headers.get('keep-alive')).toBe('timeout=5')
    expect(pool.inspect().pools[0]?.idle).toBe(1)
  })

  it('HEAD, 204 and 304 leave the connection usable', async () => {
    const pool = poolOf()
    const first = await pool.request('GET', '/text')
    const head = await pool.request('HEAD', '/text')
    expect([head.status, head.data?.length, head.headers.get('content-length')]).toEqual([200, 0, '900000'])
    expect((await pool.request('GET', '/nothing')).status).toBe(204)
    const etag = first.headers.get('etag') as string
    const unchanged = await pool.request('GET', '/text', { headers: { 'If-None-Match': etag } })
    expect([unchanged.status, unchanged.data?.length]).toEqual([304, 0])
    const part = await pool.request('GET', '/text', { headers: { Range: 'bytes=6-10' } })
    expect([part.status, await part.text()]).toEqual([206, 'hello'])
    expect(pool.numConnections).toBe(1)
  })

  it('sends 100 MB, streamed in flat memory', async () => {
    const pool = poolOf()
    const response = await pool.request('GET', '/long', { preloadContent: false })
    const hash = createHash('sha256')
    let received = 0
    const growth = await growthWhile(async (sample) => {
      for await (const chunk of response) {
        hash.update(chunk)
        received += chunk.length
        if (received % (4 * MEGABYTE) < chunk.length) sample()
      }
    })
    expect(received).toBe(LONG)
    expect(hash.digest('hex')).toBe(sha(readFileSync(join(nginx.files, 'long'))))
    expect(growth).toBeLessThan(64 * MEGABYTE)
    expect((await pool.request('GET', '/hello')).connection?.reused).toBe(true)
  })

  it('makes a slow reader’s connection wait, and loses nothing', async () => {
    const pool = poolOf()
    const response = await pool.request('GET', '/long', { preloadContent: false })
    let received = 0
    for await (const chunk of response.stream(MEGABYTE)) {
      received += chunk.length
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(received).toBe(LONG)
  })

  for (const how of ['with its length', 'in chunks']) {
    it(`takes 100 MB ${how}, streamed in flat memory`, async () => {
      const pool = poolOf()
      const piece = noise(256 * 1024)
      const name = `up-${how.length}`
      const growth = await growthWhile(async (sample) => {
        async function* body(): AsyncGenerator<Uint8Array> {
          for (let sent = 0; sent < LONG; sent += piece.length) {
            if (sent % (4 * MEGABYTE) === 0) sample()
            yield piece
          }
        }
        const headers = how === 'in chunks' ? {} : { 'Content-Length': LONG }
        expect((await pool.request('PUT', `/upload/${name}`, { body: body(), headers })).status).toBe(201)
      })
      expect(growth).toBeLessThan(64 * MEGABYTE)
      expect(statSync(join(nginx.files, name)).size).toBe(LONG)
      expect((await pool.request('DELETE', `/upload/${name}`)).status).toBe(204)
      expect(pool.numConnections).toBe(1)
    })
  }

  it('takes a file, and gives the same back', async () => {
    const pool = poolOf()
    const path = join(nginx.files, 'text')
    expect((await pool.request('PUT', '/upload/copy', { body: fileBody(path) })).status).toBe(201)
    expect(sha((await pool.request('GET', '/copy')).data as Buffer)).toBe(sha(readFileSync(path)))
  })

  for (const coding of hasBrotli ? ['gzip', 'br'] : ['gzip']) {
    it(`codes in ${coding}, chunked, and is decoded`, async () => {
      const pool = poolOf()
      const headers = { 'Accept-Encoding': coding }
      for (const preloadContent of [true, false]) {
        const response = await pool.request('GET', '/coded/text', { headers, preloadContent })
        expect([response.headers.get('content-encoding'), response.headers.get('transfer-encoding')]).toEqual(
          [coding, 'chunked'],
        )
        expect((await response.bytes()).length).toBe(900_000)
      }
      const raw = await pool.request('GET', '/coded/text', { headers, decodeContent: false })
      expect(raw.data?.length).toBeLessThan(20_000)
      expect((await pool.request('HEAD', '/coded/text', { headers })).data?.length).toBe(0)
      expect(pool.numConnections).toBe(1)
    })
  }

  it('100 MB that nginx codes on the way come through whole', async () => {
    const pool = poolOf()
    const response = await pool.request('GET', '/coded/long', {
      preloadContent: false,
      headers: { 'Accept-Encoding': 'gzip' },
    })
    const hash = createHash('sha256')
    for await (const chunk of response) hash.update(chunk)
    expect(hash.digest('hex')).toBe(sha(readFileSync(join(nginx.files, 'long'))))
  })

  it('agrees to an expectation with 100, and refuses what is too long before a byte of it is sent', async () => {
    const pool = poolOf()
    const informed: number[] = []
    const onInformational = (head: { readonly status: number }): void => void informed.push(head.status)
    const accepted = await pool.request('PUT', '/upload/expected', {
      body: 'hello',
      expectContinue: true,
      onInformational,
    })
    expect([accepted.status, informed]).toEqual([201, [100]])
    let pulled = 0
    async function* body(): AsyncGenerator<Uint8Array> {
      pulled += 1
      yield new Uint8Array(4_096)
    }
    const refused = await pool.request('PUT', '/small/x', {
      body: body(),
      expectContinue: true,
      headers: { 'Content-Length': 4_096 },
    })
    expect([refused.status, pulled]).toEqual([413, 0])
    expect((await pool.request('GET', '/hello')).status).toBe(200)
  })

  it('refuses what is too long while it is being sent, and the refusal arrives', async () => {
    const pool = poolOf()
    for (let count = 0; count < 10; count += 1) {
      const response = await pool.request('PUT', '/small/x', { body: Buffer.alloc(4 * MEGABYTE) })
      expect(response.status).toBe(413)
    }
  })

  it('changes its workers under load and no GET is lost', async () => {
    const pool = poolOf({ maxSize: 8, block: true })
    let running = true
    let answered = 0
    const failures: unknown[] = []
    const callers = Array.from({ length: 8 }, async () => {
      while (running) {
        await pool.request('GET', '/hello').then(
          (response) => {
            if (response.status === 200) answered += 1
            else failures.push(response.status)
          },
          (error: unknown) => failures.push(error),
        )
      }
    })
    for (let count = 0; count < 5; count += 1) {
      const until = answered + 1_000
      nginx.reload()
      while (answered < until && failures.length === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    // The last old worker may be slow to go; it does not stay for ever.
    const most = answered + 100_000
    while (pool.numConnections <= 8 && answered < most && failures.length === 0)
      await new Promise((resolve) => setImmediate(resolve))
    running = false
    await Promise.all(callers)
    expect(failures).toEqual([])
    expect(pool.numConnections).toBeGreaterThan(8)
  })

  it('restarts between requests, and the dead connections of before are not noticed', async () => {
    const pool = poolOf({ maxSize: 4 })
    for (let round = 0; round < 3; round += 1) {
      const answers = await Promise.all(Array.from({ length: 4 }, () => pool.request('GET', '/hello')))
      expect(answers.map((response) => [response.status, response.history.length])).toEqual(
        Array(4).fill([200, 0]),
      )
      await nginx.restart()
    }
    expect((await pool.request('POST', '/closing', { body: 'x' })).status).toBe(200)
  })
})
