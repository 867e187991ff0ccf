import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { run } from '../src/cli/run.js'
import { command, newFile, type Outcome } from './support/command.js'
import { type Answer, origin } from './support/servers.js'

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
