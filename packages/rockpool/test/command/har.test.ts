/** `--har`: what was recorded, held against the format's own description, and what is left out of it. */
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { answer, close, perConnection, readRequest, response, scriptedServer } from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { command, newFile } from '../support/command.js'
import { type Answer, authority, origin, secureOrigin } from '../support/servers.js'

// HTTP Archive 1.2, http://www.softwareishard.com/blog/har-12-spec/: nothing but what it names, and `_custom` fields.
const custom = (shape: z.ZodRawShape) =>
  z
    .looseObject(shape)
    .refine((object) =>
      Object.keys(object).every((key) => key.startsWith('_') || key === 'comment' || key in shape),
    )
const known = z.number().nonnegative()
const unknown = z.union([z.literal(-1), known])
const pair = custom({ name: z.string(), value: z.string() })
const cookie = custom({
  name: z.string(),
  value: z.string(),
  path: z.string().optional(),
  domain: z.string().optional(),
  expires: z.iso.datetime().optional(),
  httpOnly: z.boolean().optional(),
  secure: z.boolean().optional(),
})
const entry = custom({
  startedDateTime: z.iso.datetime(),
  time: known,
  request: custom({
    method: z.string(),
    url: z.url(),
    httpVersion: z.literal('HTTP/1.1'),
    cookies: z.array(cookie),
    headers: z.array(pair),
    queryString: z.array(pair),
    postData: custom({ mimeType: z.string(), params: z.array(pair), text: z.string() }).optional(),
    headersSize: unknown,
    bodySize: unknown,
  }),
  response: custom({
    status: z.int(),
    statusText: z.string(),
    httpVersion: z.string(),
    cookies: z.array(cookie),
    headers: z.array(pair),
    content: custom({
      size: known,
      compression: z.int().optional(),
      mimeType: z.string(),
      text: z.string().optional(),
      encoding: z.literal('base64').optional(),
    }),
    redirectURL: z.string(),
    headersSize: unknown,
    bodySize: unknown,
  }),
  cache: z.strictObject({}),
  timings: custom({
    blocked: unknown,
    dns: unknown,
    connect: unknown,
    ssl: unknown,
    send: known,
    wait: known,
    receive: known,
  }),
  serverIPAddress: z.string().optional(),
  connection: z.string().optional(),
})
const archive = z.strictObject({
  log: custom({
    version: z.literal('1.2'),
    creator: custom({ name: z.literal('rockpool'), version: z.string().regex(/^\d+\.\d+\.\d+/) }),
    entries: z.array(entry),
  }),
})

// biome-ignore lint/suspicious/noExplicitAny: the schema has just said what it is
type Entry = any

/** Runs the command with `--har`. The entries, after the whole file was found to be valid. */
async function recordedBy(words: readonly string[], input?: string) {
  const file = newFile()
  const outcome = await command(['--har', file, ...words], input)
  const text = readFileSync(file, 'utf8')
  const entries: Entry[] = archive.parse(JSON.parse(text)).log.entries as Entry[]
  for (const { time, timings } of entries) {
    const { blocked, dns, connect, send, wait, receive } = timings
    const told = [blocked, dns, connect, send, wait, receive].filter((ms: number) => ms >= 0)
    expect(time).toBeCloseTo(told.reduce((sum: number, ms: number) => sum + ms, 0))
  }
  return { ...outcome, file, text, entries }
}

const valueIn = (lines: readonly { name: string; value: string }[], name: string): string | undefined =>
  lines.find((line) => line.name.toLowerCase() === name)?.value

/** A redirect, an overload, and an answer with cookies. */
function wayward(): Answer {
  let overloaded = true
  return (request, answer) => {
    if (request.url?.startsWith('/old') === true) {
      answer.writeHead(302, { Location: '/new?access_token=t0ps3cret' }).end('gone')
    } else if (overloaded) {
      overloaded = false
      answer.writeHead(503, { 'Content-Length': 4 }).end('busy')
    } else {
      const cookies = [
        'sid=c00kie; Path=/; HttpOnly; Secure; Expires=Wed, 21 Oct 2037 07:28:00 GMT',
        'plain=c00kie',
      ]
      answer.writeHead(200, { 'Content-Type': 'text/plain', 'Set-Cookie': cookies }).end('arrived')
    }
  }
}

describe('a recording', () => {
  it('has every attempt: the redirect, the retry and the answer', async () => {
    const server = await secureOrigin(wayward())
    const { code, stdout, entries } = await recordedBy([
      ...['--ca', authority.certFile, '--retry-status', '503', `${server.url}/old?a=1&b=x%20y`],
    ])
    expect([code, stdout]).toEqual([0, 'arrived'])
    expect(entries.map(({ request, response: { status } }) => `${request.method} ${status}`)).toEqual([
      'GET 302',
      'GET 503',
      'GET 200',
    ])
    const [moved, busy, final] = entries
    expect(moved.request.queryString).toEqual([
      { name: 'a', value: '1' },
      { name: 'b', value: 'x y' },
    ])
    expect(moved.response.redirectURL).toContain('/new?')
    expect(moved.timings.ssl).toBeGreaterThan(0)
    expect(moved.timings.connect).toBeGreaterThan(moved.timings.ssl)
    expect(busy.timings).toMatchObject({ connect: -1, ssl: -1 })
    expect(busy.connection).toBe(moved.connection)
    expect(final).toMatchObject({
      serverIPAddress: '127.0.0.1',
      response: {
        statusText: 'OK',
        httpVersion: 'HTTP/1.1',
        content: { size: 7, mimeType: 'text/plain' },
        bodySize: 7,
      },
    })
    expect(final.response.content).not.toHaveProperty('text')
    expect(final.response.cookies[0]).toMatchObject({ name: 'sid', path: '/', httpOnly: true, secure: true })
  })

  it('has the head that the server got, and its size', async () => {
    for (const words of [
      [],
      ['-d', 'content'],
      ['-X', 'POST'],
      ['-j', '{"a":1}'],
      ['-H', 'User-Agent:', '-F', 'a=b'],
    ]) {
      await using server = await scriptedServer(answer(response(200, 'ok')))
      const { entries } = await recordedBy([...words, `${server.origin}/here?q=1`])
      const [received] = (await server.connection(0)).requests
      const { headers, method, headersSize, bodySize } = entries[0].request
      expect(headers.map(({ name, value }: { name: string; value: string }) => [name, value])).toEqual(
        received?.headers,
      )
      expect([method, headersSize, bodySize]).toEqual([
        received?.method,
        received?.head.length,
        received?.body.length,
      ])
    }
  })

  it('leaves credentials, cookies and tokens out', async () => {
    const server = await origin(wayward())
    const url = `${server.url.replace('//', '//user:s3cret@')}/old?api_key=s3cret`
    const secrets = [
      '-H',
      'Cookie: a=s3cret',
      '-H',
      'X-Api-Key: s3cret',
      '--har-bodies',
      '1M',
      '--retry-status',
      '503',
    ]
    const { code, text, entries } = await recordedBy([...secrets, url])
    expect(code).toBe(0)
    for (const secret of ['s3cret', 't0ps3cret', 'c00kie', Buffer.from('user:s3cret').toString('base64')])
      expect(text).not.toContain(secret)
    expect(entries[0].request.cookies).toEqual([{ name: 'a', value: '(redacted)' }])
    expect(valueIn(entries[0].request.headers, 'authorization')).toBe('(redacted)')
  })

  it('leaves out what sign-in hands over: codes, JWTs, and tokens in a fragment', async () => {
    const fragment = '#access_token=S3CRa&state=1&jwt=S3CRb'
    const server = await origin(
      (_, answer) =>
        void answer.writeHead(302, { Location: `/in?auth=S3CRc&zip_code=8001${fragment}` }).end(),
    )
    const secret = ['-H', 'X-Authorization: S3CRd', '--redirect', 'false']
    const { text, entries } = await recordedBy([
      ...[...secret, `${server.url}/?code=S3CRe&authorization=S3CRf&encode=kept`],
    ])
    expect(text).not.toContain('S3CR')
    expect(entries[0].response.redirectURL).toMatch(/&zip_code=8001#access_token=[^&]+&state=1&jwt=/)
    expect(entries[0].request.url).toContain('encode=kept')
    expect(valueIn(entries[0].request.headers, 'x-authorization')).toBe('(redacted)')
  })

  it('is for its owner alone even where a file was there that everybody could read', async () => {
    const server = await origin()
    const file = newFile()
    writeFileSync(file, 'earlier')
    chmodSync(file, 0o644)
    expect(await command(['--har', file, server.url])).toMatchObject({ code: 0 })
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('keeps them when that is asked for, in a file for its owner alone', async () => {
    const server = await origin(wayward())
    const words = ['--har-secrets', '-u', 'user:s3cret', '-H', 'Cookie: a=s3cret', '--retry-status', '503']
    const { file, entries } = await recordedBy([...words, `${server.url}/old?token=s3cret`])
    const { request } = entries[0]
    expect(valueIn(request.headers, 'authorization')).toBe(
      `Basic ${Buffer.from('user:s3cret').toString('base64')}`,
    )
    expect(request.cookies).toEqual([{ name: 'a', value: 's3cret' }])
    expect(request.url).toContain('token=s3cret')
    expect(entries[2].response.cookies.map(({ value }: { value: string }) => value)).toEqual([
      'c00kie',
      'c00kie',
    ])
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('has bodies up to the size that is asked for, as text or else in base64', async () => {
    const binary = Buffer.from([0xff, 0, 0xfe])
    const server = await origin((request, answer) => {
      if (request.url === '/binary') answer.end(binary)
      else if (request.url === '/long') answer.end('x'.repeat(1_025))
      else request.pipe(answer.writeHead(200, { 'Content-Type': 'application/json' }))
    })
    const text = await recordedBy(['--har-bodies', '1k', '-j', '{"ü":1}', server.url])
    expect(text.entries[0].request.postData).toEqual({
      mimeType: 'application/json',
      params: [],
      text: '{"ü":1}',
    })
    expect(text.entries[0].response.content).toMatchObject({ size: 8, text: '{"ü":1}' })
    const bytes = await recordedBy(['--har-bodies', '1k', `${server.url}/binary`])
    expect(bytes.entries[0].response.content).toMatchObject({
      size: 3,
      text: binary.toString('base64'),
      encoding: 'base64',
    })
    const long = await recordedBy(['--har-bodies', '1k', `${server.url}/long`])
    expect(long.entries[0].response.content).toEqual({ size: 1_025, mimeType: 'x-unknown' })
  })

  it('is written when everything failed, with the reason', async () => {
    await using server = await scriptedServer(
      perConnection([readRequest(), close()], [readRequest(), close()]),
    )
    const { code, entries } = await recordedBy(['--retries', '1', `${server.origin}/?token=s3cret`])
    expect(code).toBe(56)
    expect(entries).toHaveLength(2)
    for (const { response, timings, _error } of entries) {
      expect(response).toMatchObject({ status: 0, content: { size: 0 } })
      expect(timings.wait).toBeGreaterThan(0)
      expect(_error).toContain('ERR_PROTOCOL')
      expect(_error).not.toContain('s3cret')
    }
    const refused = await recordedBy(['--retries', '0', 'http://127.0.0.1:1/'])
    expect(refused.entries[0]._error).toContain('ERR_NEW_CONNECTION')
    const untrusted = await recordedBy([(await secureOrigin()).url])
    expect([untrusted.code, untrusted.entries[0]._error]).toEqual([
      60,
      expect.stringContaining('ERR_CERTIFICATE'),
    ])
  })

  it('refuses a place that cannot be written before it sends anything', async () => {
    const server = await origin()
    const outcome = await command(['--har', '/nowhere/a.har', server.url])
    expect(outcome).toMatchObject({
      code: 23,
      stdout: '',
      stderr: expect.stringContaining('/nowhere/a.har cannot be written'),
    })
    expect(server.seen).toHaveLength(0)
    expect(await command(['--har-bodies', '1k', server.url])).toMatchObject({ code: 2 })
    expect(await command(['--har', newFile(), '--har-bodies', 'much', server.url])).toMatchObject({ code: 2 })
  })
})
