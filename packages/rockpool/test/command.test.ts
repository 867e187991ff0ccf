/** The command: in a process of its own, as it is published; and, where a terminal is needed, in this one. */
import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { command, newFile, start } from './support/command.js'
import {
  type Answer,
  authority,
  countdown,
  failing,
  origin,
  proxyServer,
  secureOrigin,
} from './support/servers.js'

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

  it('counts redirects and retries apart: neither number eats up the other', async () => {
    const moved = await origin(countdown)
    const arrives = { code: 0, stdout: 'arrived' }
    expect(await command([`${moved.url}/9`])).toMatchObject(arrives)
    for (const retries of ['0', 'false', '3'])
      expect(await command(['--retries', retries, '--redirect', '9', `${moved.url}/9`])).toMatchObject(
        arrives,
      )
    expect(await command(['--retries', '30', '--redirect', '8', `${moved.url}/9`])).toMatchObject({
      code: 47,
    })
    const babbling = await origin((request, response) => {
      if (request.url === '/0') request.socket.end('no status line\r\n\r\n')
      else countdown(request, response)
    })
    expect(await command(['--retries', '2', `${babbling.url}/5`])).toMatchObject({ code: 56 })
    expect(babbling.seen).toHaveLength(5 + 3)
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
