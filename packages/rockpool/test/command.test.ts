/** The command: in a process of its own, as it is published; and, where a terminal is needed, in this one. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { run } from '../src/cli/run.js'
import { command, newFile, type Outcome, start } from './support/command.js'
import {
  type Answer,
  authority,
  countdown,
  failing,
  origin,
  proxyServer,
  secureOrigin,
} from './support/servers.js'

const content = Buffer.from(Array.from({ length: 200_000 }, (_, index) => index % 251))

/** Serves `content`, in parts when asked for parts. */
const ranged: Answer = (request, response) => {
  const first = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? Number.NaN)
  if (Number.isNaN(first))
    return void response.writeHead(200, { 'Content-Length': content.length }).end(content)
  if (first >= content.length)
    return void response.writeHead(416, { 'Content-Range': `bytes */${content.length}` }).end()
  const part = content.subarray(first)
  const fields = {
    'Content-Length': part.length,
    'Content-Range': `bytes ${first}-${content.length - 1}/${content.length}`,
  }
  response.writeHead(206, fields).end(part)
}

const echo: Answer = (request, response) => {
  const pieces: Buffer[] = []
  request.on('data', (piece: Buffer) => pieces.push(piece))
  request.on('end', () => {
    const { method, url, headers } = request
    response.end(JSON.stringify({ method, url, headers, body: Buffer.concat(pieces).toString() }))
  })
}

describe('the command', () => {
  it('prints the body, and nothing else', async () => {
    const server = await origin()
    expect(await command([`${server.url}/a?b=c`])).toEqual({ code: 0, stdout: 'GET /a?b=c', stderr: '' })
    expect((await command(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
    expect(await command(['--help'])).toMatchObject({ code: 0, stderr: '' })
  })

  it('sends what it is told to', async () => {
    const { url } = await origin(echo)
    const sent = async (words: string[], input?: string): Promise<Record<string, unknown>> =>
      JSON.parse((await command([...words, url], input)).stdout) as Record<string, unknown>
    expect(await sent(['-H', 'X-A: 1', '-H', 'User-Agent:', '-q', 'p=x y'])).toMatchObject({
      method: 'GET',
      url: '/?p=x+y',
      headers: { 'x-a': '1' },
    })
    expect(await sent(['--json', '{ "a": [1] }'])).toMatchObject({ method: 'POST', body: '{"a":[1]}' })
    expect(await sent(['--json', '@-'], '{"b":2}')).toMatchObject({ body: '{"b":2}' })
    expect(await sent(['-d', '@-', '-X', 'put'], 'from stdin')).toMatchObject({
      method: 'PUT',
      body: 'from stdin',
      headers: { 'transfer-encoding': 'chunked' },
    })
    const file = newFile()
    writeFileSync(file, 'from a file')
    expect(await sent(['-d', `@${file}`])).toMatchObject({
      body: 'from a file',
      headers: { 'content-length': '11' },
    })
    expect(await sent(['--urlencoded', '-F', 'a=1', '-F', 'b=x y'])).toMatchObject({ body: 'a=1&b=x+y' })
    expect((await sent(['-F', `f=@${file}`])).body).toContain('from a file')
    expect(await sent(['-u', 'user:secret'])).toMatchObject({
      headers: { authorization: 'Basic dXNlcjpzZWNyZXQ=' },
    })
  })

  it('retries and follows as it is told to', async () => {
    const busy = await origin(failing(2))
    expect((await command([busy.url])).stdout).toBe('recovered')
    const moved = await origin(countdown)
    expect((await command([`${moved.url}/3`])).stdout).toBe('arrived')
    expect(await command(['--redirect', 'false', '-i', `${moved.url}/3`])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^HTTP\/1\.1 302 Found\r\nLocation: \/2\r\n/),
    })
    expect(await command(['--redirect', '1', `${moved.url}/3`])).toMatchObject({
      code: 47,
      stderr: expect.stringContaining('too many redirects'),
    })
    const reset = await origin((request) => void request.socket.resetAndDestroy())
    expect((await command(['--retries', '1', reset.url])).stderr).toContain('ERR_MAX_RETRY')
    expect((await command(['--retries', 'false', reset.url])).stderr).toContain('ERR_PROTOCOL')
    expect(reset.seen).toHaveLength(3)
  })

  it('speaks to proxies, of its own or of the environment', async () => {
    const [server, proxy] = [await origin(), await proxyServer()]
    expect((await command(['-x', proxy.url, `${server.url}/x`])).stdout).toBe('GET /x')
    expect((await command([`${server.url}/y`], '', { http_proxy: proxy.url })).stdout).toBe('GET /y')
    expect(proxy.seen).toHaveLength(2)
    await command(['--no-proxy', '127.0.0.1', server.url], '', { http_proxy: proxy.url })
    expect(proxy.seen).toHaveLength(2)
  })

  it('verifies, pins, and shows who it is', async () => {
    const server = await secureOrigin(undefined, { requestCert: true, ca: authority.cert })
    const client = authority.leaf({ hosts: ['client'], usage: 'client', passphrase: 'open sesame' })
    const leaf = authority.leaf({ hosts: ['localhost', 'api.example.com'], ips: ['127.0.0.1'] })
    const mine = ['--cert', client.certFile, '--key', client.keyFile]
    const password = { ROCKPOOL_KEY_PASSWORD: 'open sesame' }
    const trusting = ['--ca', authority.certFile, ...mine]
    const pinned = await command([...trusting, '--pin', leaf.spkiPin, '-v', server.url], '', password)
    expect(pinned).toMatchObject({ code: 0, stdout: 'GET /' })
    expect(pinned.stderr).toMatch(/\* TLSv1\.3 .*verified by chain/)
    expect(await command([...mine, server.url], '', password)).toMatchObject({
      code: 60,
      stderr: expect.stringContaining('ERR_CERTIFICATE'),
    })
    const wrong = await command([...trusting, '--pin', `sha256/${'A'.repeat(43)}=`, server.url], '', password)
    expect(wrong).toMatchObject({ code: 90, stderr: expect.stringContaining('ERR_PIN') })
    expect(await command([...trusting, server.url])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--key: /),
    })
  })

  it('tells the attempts, the way and the times when asked to', async () => {
    const moved = await origin(countdown)
    const { stdout, stderr } = await command(['-v', '--inspect', `${moved.url}/1`])
    expect(stdout).toBe('arrived')
    for (const told of [
      `* attempt 1: GET ${moved.url}/1`,
      '* attempt 1: 302 Found to /0',
      '* attempt 2: 200 OK',
      '< HTTP/1.1 200 OK',
      `* route: tcp 127.0.0.1:${moved.port}`,
    ]) {
      expect(stderr).toContain(told)
    }
    expect(stderr).toMatch(/\* queue .* ms, .*receive .* ms\n/)
    expect(JSON.parse(stderr.slice(stderr.indexOf('\n{\n')))).toMatchObject({
      numRequests: 2,
      numConnections: 1,
    })
  })

  it.each([
    [['--retrys', '1', 'http://h/'], 'rockpool: Unknown option'],
    [['ftp://localhost/'], 'ftp'],
    [['http://[/'], 'rockpool: '],
    [['--tls-min', 'TLSv9', 'http://h/'], '--tls-min: '],
    [['--pin', 'abc', 'http://h/'], '--pin: '],
    [['-H', 'A\u0001: b', 'http://h/'], '--header: '],
    [['-x', 'ftp://h', 'http://h/'], 'no proxy speaks'],
    [['-X', 'A B', 'http://h/'], '--method: '],
  ])('says in one line what is wrong with %j', async (words, message) => {
    const { code, stdout, stderr } = await command(words)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(message)
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  })

  it('fails with what happened, in one line', async () => {
    const server = await origin((request, response) => {
      if (request.url === '/slow') return
      response.writeHead(404, 'No \u009b Way').end('nothing here')
    })
    const refused = await command(['--retries', '0', 'http://127.0.0.1:1/'])
    expect(refused).toMatchObject({ code: 7, stdout: '' })
    expect(refused.stderr).toMatch(/^rockpool: .*ECONNREFUSED.*\n$/)
    expect(await command(['-m', '200ms', `${server.url}/slow`])).toMatchObject({
      code: 28,
      stderr: expect.stringContaining('ERR_DEADLINE'),
    })
    expect(await command([server.url])).toEqual({ code: 0, stdout: 'nothing here', stderr: '' })
    const failed = await command(['--fail', server.url])
    expect(failed).toEqual({
      code: 22,
      stdout: '',
      stderr: `rockpool: 404 No \ufffd Way from ${server.url}/\n`,
    })
  })

  it('stops when it is interrupted', async () => {
    const server = await origin((_, response) => void response.writeHead(200).write('the beginning'))
    const running = start([server.url])
    running.stdout.once('data', () => running.interrupt())
    expect(await running.outcome).toEqual({
      code: 130,
      stdout: 'the beginning',
      stderr: expect.stringContaining('rockpool: interrupted'),
    })
  })

  it('minds nobody who has read enough', async () => {
    const server = await origin((_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      }
      response.on('drain', more)
      more()
    })
    const running = start([server.url])
    running.stdout.once('data', () => running.stdout.destroy())
    expect(await running.outcome).toMatchObject({ code: 0, stderr: '' })
  })
})

describe('a download', () => {
  it('goes into a file, and shows no progress where there is no terminal', async () => {
    const server = await origin(ranged)
    const file = newFile()
    expect(await command(['-o', file, server.url])).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(readFileSync(file).equals(content)).toBe(true)
    expect(server.seen[0]?.headers['accept-encoding']).toBe('identity')
  })

  it('goes on where it was cut off', async () => {
    let cut = true
    const server = await origin((request, response) => {
      if (!cut) return ranged(request, response)
      cut = false
      response.writeHead(200, { 'Content-Length': content.length })
      response.write(content.subarray(0, 70_000), () => response.destroy())
    })
    const file = newFile()
    const broken = await command(['-o', file, '-C', server.url])
    expect(broken).toMatchObject({ code: 18, stderr: expect.stringContaining('ERR_INCOMPLETE_READ') })
    const there = readFileSync(file).length
    expect(there).toBeGreaterThan(0)
    expect(await command(['-o', file, '-C', server.url])).toMatchObject({ code: 0, stderr: '' })
    expect(server.seen[1]?.headers.range).toBe(`bytes=${there}-`)
    expect(readFileSync(file).equals(content)).toBe(true)
    expect(await command(['-o', file, '-C', server.url])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('complete already'),
    })
    expect(readFileSync(file).equals(content)).toBe(true)
  })

  it('starts over where the server has no parts, and refuses a part that it did not ask for', async () => {
    const whole = await origin((_, response) => void response.end(content))
    const file = newFile()
    writeFileSync(file, 'something old')
    expect(await command(['-o', file, '-C', whole.url])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('starting over'),
    })
    expect(readFileSync(file).equals(content)).toBe(true)
    const wrong = await origin((_, response) => {
      response.writeHead(206, { 'Content-Range': 'bytes 5-9/10' }).end('56789')
    })
    expect(await command(['-o', file, '-C', wrong.url])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('another part'),
    })
    const shorter = await origin((_, response) => {
      response.writeHead(416, { 'Content-Range': 'bytes */10' }).end()
    })
    expect(await command(['-o', file, '-C', shorter.url])).toMatchObject({ code: 1 })
    expect(readFileSync(file).equals(content)).toBe(true)
  })

  it('leaves the file alone when there is nothing to put into it', async () => {
    const server = await origin((_, response) => void response.writeHead(404).end('nothing here'))
    const file = newFile()
    expect(await command(['-o', file, server.url])).toMatchObject({ code: 22 })
    expect(existsSync(file)).toBe(false)
    const fine = await origin(ranged)
    expect(await command(['-o', join(file, 'below'), fine.url])).toMatchObject({
      code: 23,
      stderr: expect.stringContaining('cannot be written'),
    })
  })
})

describe('on a terminal', () => {
  const terminal = (): PassThrough & { isTTY: boolean; columns: number } =>
    Object.assign(new PassThrough({ encoding: 'utf8', highWaterMark: 1e6 }), { isTTY: true, columns: 100 })

  async function runHere(words: readonly string[]): Promise<Outcome> {
    const [stdout, stderr] = [terminal(), terminal()]
    let time = 0
    const code = await run(words, {
      stdin: new PassThrough(),
      stdout,
      stderr,
      env: {},
      signal: new AbortController().signal,
      now: () => (time += 60),
    })
    return { code, stdout: String(stdout.read() ?? ''), stderr: String(stderr.read() ?? '') }
  }

  it('a download shows how far it is', async () => {
    const server = await origin(ranged)
    const file = newFile()
    writeFileSync(file, content.subarray(0, 100_000))
    const { code, stderr } = await runHere(['-o', file, '-C', server.url])
    const lines = stderr.split('\r').map((line) => line.trim())
    expect([code, stdout(lines)]).toEqual([
      0,
      '100 % [########################################] 195 KiB of 195 KiB',
    ])
    expect(readFileSync(file).equals(content)).toBe(true)
    expect((await runHere(['-o', file, '--quiet', server.url])).stderr).toBe('')
  })

  const stdout = (lines: readonly string[]): string | undefined => lines.at(-1)?.split(',')[0]

  it('a binary body is not poured out', async () => {
    const server = await origin((_, response) => void response.end(Buffer.from([1, 0, 2])))
    expect(await runHere([server.url])).toMatchObject({
      code: 23,
      stdout: '',
      stderr: expect.stringMatching(/--output/),
    })
    const text = await origin()
    expect(await runHere([text.url])).toEqual({ code: 0, stdout: 'GET /', stderr: '' })
  })
})
