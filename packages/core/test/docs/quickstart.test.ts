/**
 * The quickstart as a newcomer runs it: in a process of its own, on the built packages, on every Node that the tests run on.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { PoolManager } from '../../src/index.js'

const place = (file: string): string =>
  fileURLToPath(new URL(`../../../../examples/quickstart/${file}`, import.meta.url))
const entry = place('main.mjs')
const ESCAPE = '\u001b'

interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

async function quickstart(args: readonly string[], environment: Record<string, string> = {}): Promise<Run> {
  const child = spawn(process.execPath, [entry, ...args], { env: { ...process.env, ...environment } })
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, ...output }
}

async function serving(
  answer: (url: string) => { headers?: Record<string, string>; body: string | Buffer },
  use: (url: string) => Promise<void>,
): Promise<void> {
  const server = createServer((request, response) => {
    const { headers = {}, body } = answer(request.url ?? '')
    response.writeHead(200, headers).end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.close()
    server.closeAllConnections()
  }
}

describe('npm start', () => {
  it('shows requests over pooled connections: status, headers, body, timings and the pool', async () => {
    const { code, stdout, stderr } = await quickstart([])
    expect(stderr).toBe('')
    expect(code).toBe(0)
    for (const shown of [
      '200 OK  GET /users/7',
      'Content-Type: application/json',
      '"name":"Ada Lovelace"',
      'Content-Encoding: gzip',
      'line 1: the quick brown fox',
      'X-Event-Count: 5 (trailer)',
      'connection 1 (reused)',
      '24 of 24 calls made at once, over 4 connections',
      'inspect()  28 requests over 4 connections',
    ]) {
      expect(stdout).toContain(shown)
    }
    expect(stdout).toMatch(/queue [\d.]+ · connect [\d.]+ · send [\d.]+ · wait [\d.]+ · receive [\d.]+ ms/)
  })

  it('writes no colour to what is not a terminal', async () => {
    const { stdout } = await quickstart([])
    expect(stdout).not.toContain(ESCAPE)
  })

  it('gives machines one JSON document and nothing else', async () => {
    const { code, stdout, stderr } = await quickstart(['--json'])
    expect(stderr).toBe('')
    expect(code).toBe(0)
    const result = JSON.parse(stdout)
    expect(result.requests.map(({ status }: { status: number }) => status)).toEqual([200, 200, 200, 200])
    expect(result.requests[1].body.bytes).toBe(11_891)
    expect(result.requests[2].trailers).toEqual([['X-Event-Count', '5']])
    expect(result.burst).toMatchObject({ calls: 24, answered: 24, maxSize: 4, waitingAtStart: 23 })
    expect(result.pool).toMatchObject({ numConnections: 4, numRequests: 28 })
  })

  it('explains itself with --help', async () => {
    const { code, stdout } = await quickstart(['--help'])
    expect(code).toBe(0)
    expect(stdout).toContain('Usage: npm start')
    expect(stdout).toContain('--json')
  })
})

describe('npm start with URLs', () => {
  it('requests them and reuses the connection to one origin', async () => {
    await serving(
      (url) => ({ headers: { 'Content-Type': 'text/plain' }, body: `you asked for ${url}` }),
      async (origin) => {
        const { code, stdout } = await quickstart([`${origin}/a`, `${origin}/b?c`])
        expect(code).toBe(0)
        expect(stdout).toContain('you asked for /a')
        expect(stdout).toContain('you asked for /b?c')
        expect(stdout).toContain('inspect()  2 requests over 1 connections')
      },
    )
  })

  it('shows control characters of a body instead of sending them to the terminal', async () => {
    await serving(
      () => ({ headers: { 'Content-Type': 'text/plain' }, body: `a${ESCAPE}[2Jb` }),
      async (origin) => {
        const { stdout } = await quickstart([`${origin}/`])
        expect(stdout).not.toContain(ESCAPE)
        expect(stdout).toContain('a\\x1b[2Jb')
      },
    )
  })

  it.each([
    ['no URL at all', 'nonsense', 'ERR_LOCATION_PARSE'],
    ['a scheme nobody speaks', 'gopher://localhost/', 'ERR_URL_SCHEME_UNKNOWN'],
    ['a refused connection', 'http://127.0.0.1:1/', 'ERR_NEW_CONNECTION'],
    ['an unknown option', '--colour', 'unknown option --colour'],
  ])('answers %s with one line on stderr and exit code 1', async (_, argument, told) => {
    const { code, stdout, stderr } = await quickstart([argument])
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
    expect(stderr).toContain(told)
  })

  it('prints no password of a URL that fails', async () => {
    const { stdout, stderr } = await quickstart(['http://ada:secret@127.0.0.1:1/', '--json'])
    expect(stdout + stderr).not.toContain('secret')
  })

  it('still shows the answers that came when another URL fails', async () => {
    await serving(
      () => ({ body: 'fine' }),
      async (origin) => {
        const { code, stdout, stderr } = await quickstart(['http://127.0.0.1:1/', `${origin}/`])
        expect(code).toBe(1)
        expect(stdout).toContain('fine')
        expect(stderr).toContain('ECONNREFUSED')
      },
    )
  })
})

describe('examples/quickstart/serve.mjs', () => {
  function serve(word: string): { output: Promise<string>; errors: Promise<string>; code: Promise<unknown> } {
    const child = spawn(process.execPath, [place('serve.mjs'), word])
    const closed = once(child, 'close')
    onTestFinished(async () => {
      child.kill()
      await closed
    })
    const first = async (stream: NodeJS.ReadableStream): Promise<string> => {
      for await (const text of stream.setEncoding('utf8')) return String(text)
      return ''
    }
    return { output: first(child.stdout), errors: first(child.stderr), code: closed.then(([code]) => code) }
  }

  it('serves what the snippets ask, under the name localhost, at the port that was asked for', async () => {
    const any = await serve('0').output
    const url = /^http:\/\/localhost:\d+(?= answers)/.exec(any)?.[0] ?? ''
    await using manager = new PoolManager()
    const response = await manager.request('GET', `${url}/users/7`)
    expect(await response.json()).toMatchObject({ name: 'Ada Lovelace' })
    const second = serve(new URL(url).port)
    expect(await second.errors).toMatch(/^serve: cannot serve at port \d+: .*EADDRINUSE/)
    expect(await second.code).toBe(1)
  })

  it.each(['eighty', '65536', '-1'])(
    'refuses the port %s with one line on stderr and exit code 1',
    async (word) => {
      const { errors, code } = serve(word)
      expect((await errors).trimEnd().split('\n')).toEqual([
        `serve: no port: "${word}"; a number from 0 to 65535`,
      ])
      expect(await code).toBe(1)
    },
  )
})
