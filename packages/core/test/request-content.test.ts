import { describe, expect, it } from 'vitest'
import { PoolManager } from '../src/index.js'
import { poolFor } from './support/pools.js'
import { answering, ok } from './support/raw-origin.js'
import { sent } from './support/sent.js'

describe('json', () => {
  it('is compact, in UTF-8, with its type', async () => {
    const value = { a: [1, null, 'ä'], b: { c: true } }
    const request = await sent('POST', '/', { json: value })
    expect(request.body.toString()).toBe('{"a":[1,null,"ä"],"b":{"c":true}}')
    expect(request.lines).toContain('Content-Type: application/json')
    expect(request.lines).toContain(`Content-Length: ${Buffer.byteLength(JSON.stringify(value))}`)
  })

  for (const value of [0, false, '', null, []]) {
    it(`${JSON.stringify(value)} is a value and is sent`, async () => {
      expect((await sent('POST', '/', { json: value })).body.toString()).toBe(JSON.stringify(value))
    })
  }

  it('leaves a type of the caller’s alone, and his object', async () => {
    const headers = { 'CONTENT-type': 'application/merge-patch+json' }
    const request = await sent('PATCH', '/', { json: {}, headers })
    expect(request.lines.filter((line) => /^content-type/i.test(line))).toEqual([
      'CONTENT-type: application/merge-patch+json',
    ])
    expect(headers).toEqual({ 'CONTENT-type': 'application/merge-patch+json' })
  })
})

describe('fields', () => {
  for (const method of ['GET', 'HEAD', 'DELETE', 'OPTIONS']) {
    it(`of a ${method} go into the query`, async () => {
      const { target, rawBody } = await sent(method, '/p', { fields: { a: '1 2', b: ['x', 'y'] } as never })
      expect([target, rawBody]).toEqual(['/p?a=1+2&b=x&b=y', ''])
    })
  }

  it('join a query that is there, before a fragment', async () => {
    expect((await sent('GET', '/p?x=1#top', { fields: { a: 'b' } })).target).toBe('/p?x=1&a=b')
    expect((await sent('GET', '/p?', { query: { a: 'b' } })).target).toBe('/p?a=b')
    expect((await sent('GET', '/p?x=1', { query: 'y=2&z', fields: { a: 'b' } })).target).toBe(
      '/p?x=1&y=2&z&a=b',
    )
    expect(
      (
        await sent('GET', '/p', {
          query: [
            ['k', 'ä&='],
            ['k', ''],
          ],
        })
      ).target,
    ).toBe('/p?k=%C3%A4%26%3D&k=')
  })

  it('of a POST are multipart, byte for byte', async () => {
    const request = await sent('POST', '/', {
      fields: [
        ['text', 'ä'],
        ['number', 7],
        ['bytes', new Uint8Array([0, 255])],
        ['file', { filename: 'a.txt', data: 'hello' }],
        ['typed', { filename: 'b', data: Buffer.from('x'), type: 'image/png' }],
        ['bl"ob\r\nX: y', { filename: 'q"\r\n\\ü.bin', data: '' }],
      ],
    })
    const type = request.lines.find((line) => line.startsWith('Content-Type: ')) ?? ''
    const boundary = /^Content-Type: multipart\/form-data; boundary=([\w-]{30,70})$/.exec(type)?.[1] ?? ''
    expect(boundary).not.toBe('')
    const part = (head: string, data: string): string =>
      `--${boundary}\r\nContent-Disposition: form-data; ${head}\r\n\r\n${data}\r\n`
    const expected =
      part('name="text"', 'Ã¤') +
      part('name="number"', '7') +
      part('name="bytes"', '\0\u00ff') +
      part('name="file"; filename="a.txt"\r\nContent-Type: text/plain', 'hello') +
      part('name="typed"; filename="b"\r\nContent-Type: image/png', 'x') +
      part(
        'name="bl%22ob%0D%0AX: y"; filename="q%22%0D%0A\\Ã¼.bin"\r\nContent-Type: application/octet-stream',
        '',
      ) +
      `--${boundary}--\r\n`
    expect(request.body.toString('latin1')).toBe(expected)
    expect(request.lines).toContain(`Content-Length: ${expected.length}`)
  })

  it('of a POST are urlencoded when asked for', async () => {
    const request = await sent('POST', '/?q', { fields: { a: '1 2', b: 'ä' }, encodeMultipart: false })
    expect([request.target, request.body.toString()]).toEqual(['/?q', 'a=1+2&b=%C3%A4'])
    expect(request.lines).toContain('Content-Type: application/x-www-form-urlencoded')
  })

  it('two boundaries are never the same', async () => {
    const types = new Set<string>()
    for (let count = 0; count < 3; count += 1) {
      const { lines } = await sent('POST', '/', { fields: { a: '1' } })
      types.add(lines.find((line) => line.startsWith('Content-Type')) ?? '')
    }
    expect(types.size).toBe(3)
  })
})

describe('the target of a pool', () => {
  const rows = {
    '/echo?q=\r&k=\n \n': '/echo?q=%0D&k=%0A%20%0A',
    '/a/../b': '/a/../b',
    '/a#frag': '/a',
    '/?': '/?',
    '//v:h': '//v:h',
    '//host:8080/path': '//host:8080/path',
    '/[x]?[y]': '/%5Bx%5D?%5By%5D',
    '/%3f%zz': '/%253f%25zz',
    '/%3f': '/%3F',
    '/ü\u560a\u560d': '/%C3%BC%E5%98%8A%E5%98%8D',
    '/\u007f\u0000': '/%7F%00',
    '/ HTTP/1.1\r\nX: y': '/%20HTTP/1.1%0D%0AX:%20y',
    '/http://evil/': '/http://evil/',
    '/\\evil': '/%5Cevil',
  }
  for (const [given, expected] of Object.entries(rows)) {
    it(`${JSON.stringify(given)} is sent as ${expected}`, async () => {
      expect((await sent('GET', given)).target).toBe(expected)
    })
  }

  it('is origin form even for an absolute URL, without user information and fragment', async () => {
    const origin = await answering(ok())
    const pool = poolFor(origin)
    const response = await pool.request('GET', `http://u:p%40@127.0.0.1:${origin.port}/a/../b?c#d`)
    const [request] = origin.requests
    expect(request?.target).toBe('/b?c')
    expect(request?.lines).toContain(`Authorization: Basic ${Buffer.from('u:p@').toString('base64')}`)
    // Never sent, but part of what the response is the answer to. RFC 9110 §10.2.2
    expect(response.url).toBe(`http://127.0.0.1:${origin.port}/b?c#d`)
  })

  it('may be * for OPTIONS', async () => {
    expect((await sent('OPTIONS', '*')).target).toBe('*')
  })

  for (const url of ['', 'foo', '?q', '@evil/', '\\\\evil', 'http://127.0.0.2/', 'https://127.0.0.1/']) {
    it(`${JSON.stringify(url)} is refused and nothing is sent`, async () => {
      const origin = await answering(ok())
      const pool = poolFor(origin)
      await expect(pool.request('GET', url)).rejects.toMatchObject({
        name: expect.stringMatching(/^(HostChangedError|LocationParseError|LocationValueError)$/),
        sent: 'nothing',
      })
      expect(origin.connections).toHaveLength(0)
    })
  }

  it('of a manager has its dot segments resolved', async () => {
    const origin = await answering(ok())
    const manager = new PoolManager()
    await manager.request('GET', `${origin.url}/a/../b/./c?d#e`)
    await manager.request('GET', origin.url)
    expect(origin.requests.map((request) => request.target)).toEqual(['/b/c?d', '/'])
    await manager.close()
  })
})
