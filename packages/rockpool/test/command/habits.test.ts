/** What fingers know from curl: flags, files, exit codes, and how a command ends. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { command, directory, newFile, start } from '../support/command.js'
import { type Answer, countdown, origin, proxyServer } from '../support/servers.js'

describe('flags', () => {
  it('-I asks with HEAD and prints the head alone', async () => {
    const server = await origin()
    const { code, stdout } = await command(['-I', server.url])
    expect([code, server.seen[0]?.method]).toEqual([0, 'HEAD'])
    expect(stdout).toMatch(/^HTTP\/1\.1 200 OK\r\n(?:.+\r\n)+\r\n$/)
    expect(await command(['-I', '-o', newFile(), server.url])).toMatchObject({ code: 2 })
  })

  it('-sL changes nothing: redirects are followed anyway', async () => {
    const server = await origin(countdown)
    expect(await command(['-sL', `${server.url}/2`])).toEqual({ code: 0, stdout: 'arrived', stderr: '' })
  })

  it('-v shows the head that is sent, without its credentials', async () => {
    const server = await origin()
    const { stderr } = await command(['-v', '-u', 'user:secret', `${server.url}/a`])
    expect(stderr).toContain(`> GET /a HTTP/1.1\n> Host: 127.0.0.1:${server.port}\n`)
    expect(stderr).toContain('> authorization: (redacted)\n')
    expect(stderr).not.toContain(Buffer.from('user:secret').toString('base64'))
  })

  it('--output asks for the bytes as they are, --compressed for less of them', async () => {
    const server = await origin((request, answer) => {
      if (request.headers['accept-encoding'] === 'identity') return void answer.end('plain')
      answer.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync('unpacked'))
    })
    const file = newFile()
    await command(['-o', file, server.url])
    expect(readFileSync(file, 'utf8')).toBe('plain')
    await command(['-o', file, '--compressed', server.url])
    expect(readFileSync(file, 'utf8')).toBe('unpacked')
    expect((await command([server.url])).stdout).toBe('unpacked')
  })

  it.each([
    ['--max-time', "rockpool: Unknown option '--max-time'; instead of curl's: --timeout\n"],
    ['--cacert', "rockpool: Unknown option '--cacert'; instead of curl's: --ca\n"],
    ['-A', "rockpool: Unknown option '-A'; instead of curl's: -H 'User-Agent: …'\n"],
    ['--retires=4', "rockpool: Unknown option '--retires'; did you mean --retries?\n"],
  ])('%s is refused with the flag that does it here', async (word, stderr) => {
    expect(await command([word, 'http://localhost/'])).toEqual({ code: 2, stdout: '', stderr })
  })

  it('--help fits a terminal, and names every exit code', async () => {
    const { stdout } = await command(['--help'])
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(120)
    for (const code of [0, 1, 2, 5, 6, 7, 18, 22, 23, 28, 35, 47, 56, 60, 61, 90, 130])
      expect(stdout.slice(stdout.indexOf('Exit code'))).toMatch(new RegExp(`\\b${code} `))
  })
})

describe('exit codes', () => {
  const dead = 'http://127.0.0.1:1/'
  it.each([
    ['a name that nobody has', 6, ['http://nowhere.invalid/']],
    ['no connection', 7, [dead]],
    ['no connection to the proxy', 7, ['-x', dead, 'http://localhost/']],
    ['no name for the proxy', 5, ['-x', 'http://nowhere.invalid:1', 'http://localhost/']],
    ['TLS where there is none', 35, []],
  ])('%s', async (_, code, words) => {
    const plain = words.length === 0 ? [(await origin()).url.replace('http:', 'https:')] : words
    const outcome = await command(['--retries', '0', ...plain])
    expect(outcome).toMatchObject({ code, stdout: '' })
    expect(outcome.stderr).toMatch(/^rockpool: .+ \(ERR_\w+\)\n$/)
  })

  it('a proxy that refuses', async () => {
    const proxy = await origin((_, answer) => void answer.writeHead(407).end())
    expect(await command(['-x', proxy.url, 'https://localhost:1/'])).toMatchObject({ code: 56 })
    const works = await proxyServer()
    expect(await command(['-x', works.url, (await origin()).url])).toMatchObject({ code: 0 })
  })

  it('a broken encoding', async () => {
    const server = await origin(
      (_, answer) => void answer.writeHead(200, { 'Content-Encoding': 'gzip' }).end('no'),
    )
    expect(await command([server.url])).toMatchObject({ code: 61 })
  })

  it('the signal that ended it', async () => {
    const server = await origin((_, answer) => void answer.writeHead(200).write('…'))
    const running = start([server.url])
    running.stdout.once('data', () => running.interrupt('SIGTERM'))
    expect(await running.outcome).toMatchObject({ code: 143 })
  })

  it('a full disk behind stdout', async () => {
    const server = await origin()
    const entry = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
    const full = openSync('/dev/full', 'w')
    const child = spawn(process.execPath, [entry, server.url], { stdio: ['ignore', full, 'pipe'] })
    let stderr = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    const [code] = (await once(child, 'close')) as [number | null]
    closeSync(full)
    expect(code).toBe(23)
    expect(stderr).toMatch(/^rockpool: stdout cannot be written: .*ENOSPC.*\n$/)
  })
})

describe('files', () => {
  it('-O takes the name from the URL, and never one that leads elsewhere', async () => {
    const server = await origin()
    expect(await command(['-O', `${server.url}/a/b%20c.txt?v=1`])).toMatchObject({ code: 0, stdout: '' })
    expect(readFileSync(join(directory, 'b c.txt'), 'utf8')).toBe('GET /a/b%20c.txt?v=1')
    for (const path of ['', '/', '/a/', '/..%2f..%2fetc', '/..', '/a%00b'])
      expect(await command(['-O', `${server.url}${path}`])).toMatchObject({ code: 2 })
    expect(await command(['-O', '-o', 'x', `${server.url}/a`])).toMatchObject({ code: 2 })
  })

  it('--no-clobber leaves a file alone, without asking the server', async () => {
    const server = await origin()
    const file = newFile()
    writeFileSync(file, 'mine')
    expect(await command(['--no-clobber', '-o', file, server.url])).toMatchObject({
      code: 23,
      stderr: `rockpool: ${file} exists already\n`,
    })
    expect([readFileSync(file, 'utf8'), server.seen.length]).toEqual(['mine', 0])
    expect(await command(['-o', file, server.url])).toMatchObject({ code: 0 })
    expect(readFileSync(file, 'utf8')).toBe('GET /')
  })

  it('- is stdout', async () => {
    const server = await origin()
    expect(await command(['-o', '-', server.url])).toEqual({ code: 0, stdout: 'GET /', stderr: '' })
    expect(existsSync(join(directory, '-'))).toBe(false)
  })
})

describe('a download that broke off', () => {
  const first = Buffer.alloc(200_000, 'a')
  const second = Buffer.alloc(200_000, 'b')

  /** Serves two versions of a file: the first breaks off, and then there is the one that `now` says. */
  const changing = (now: Buffer, tag: string): Answer => {
    let cut = true
    return (request, answer) => {
      if (cut) {
        cut = false
        answer.writeHead(200, { 'Content-Length': first.length, ETag: '"one"' })
        return void answer.write(first.subarray(0, 70_000), () => answer.destroy())
      }
      const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1])
      if (request.headers['if-range'] !== tag)
        return void answer.writeHead(200, { 'Content-Length': now.length, ETag: tag }).end(now)
      const range = `bytes ${from}-${now.length - 1}/${now.length}`
      answer.writeHead(206, { 'Content-Range': range, ETag: tag }).end(now.subarray(from))
    }
  }

  it('says what is there, and goes on while the file is the same', async () => {
    const server = await origin(changing(first, '"one"'))
    const file = newFile()
    const broken = await command(['-o', file, server.url])
    const there = readFileSync(file).length
    expect(broken.code).toBe(18)
    expect(broken.stderr).toMatch(/^rockpool: .* are in .*; --continue goes on there\n/)
    expect(readFileSync(`${file}.rockpool`, 'utf8')).toBe('"one"\n')
    expect(await command(['-C', '-o', file, server.url])).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(server.seen[1]?.headers).toMatchObject({ range: `bytes=${there}-`, 'if-range': '"one"' })
    expect(readFileSync(file).equals(first)).toBe(true)
    expect(readdirSync(directory).filter((name) => name.endsWith('.rockpool'))).toEqual([])
  })

  it('starts over when the file has changed', async () => {
    const server = await origin(changing(second, '"two"'))
    const file = newFile()
    await command(['-o', file, server.url])
    const again = await command(['-C', '-o', file, server.url])
    expect(again).toMatchObject({ code: 0, stderr: expect.stringContaining('it has changed') })
    expect(readFileSync(file).equals(second)).toBe(true)
  })

  it('refuses a part of another version', async () => {
    const server = await origin((request, answer) => {
      if (request.headers.range === undefined) {
        answer.writeHead(200, { 'Content-Length': first.length, ETag: '"one"' })
        return void answer.write(first.subarray(0, 70_000), () => answer.destroy())
      }
      const from = Number(/\d+/.exec(request.headers.range)?.[0])
      answer.writeHead(206, { 'Content-Range': `bytes ${from}-199999/200000`, ETag: '"two"' })
      answer.end(second.subarray(from))
    })
    const file = newFile()
    await command(['-o', file, server.url])
    const before = readFileSync(file)
    expect(await command(['-C', '-o', file, server.url])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('another version'),
    })
    expect(readFileSync(file).equals(before)).toBe(true)
  })
})
