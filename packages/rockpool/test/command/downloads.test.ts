/** What becomes of FILE and of FILE.rockpool when an answer or the place is not what one hoped for. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { command, newFile } from '../support/command.js'
import { type Answer, origin } from '../support/servers.js'

const tagged: Answer = (_, answer) => void answer.writeHead(200, { ETag: '"one"' }).end('whole')

/** A file of which "part" is there, with what was noted beside it. */
function begun(validator?: string): string {
  const file = newFile()
  writeFileSync(file, 'part')
  if (validator !== undefined) writeFileSync(`${file}.rockpool`, `${validator}\n`)
  return file
}

/** A part from the fifth byte on, whatever was asked for. */
const part =
  (fields: Record<string, string>): Answer =>
  (_, answer) =>
    void answer.writeHead(206, { 'Content-Range': 'bytes 4-7/8', ...fields }).end('rest')

describe('the note beside the file', () => {
  it('is done without where it cannot be', async () => {
    const server = await origin(tagged)
    const entry = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
    const file = newFile()
    const stdout = openSync(file, 'w')
    const child = spawn(process.execPath, [entry, '-o', '/proc/self/fd/1', server.url], {
      stdio: ['ignore', stdout, 'pipe'],
    })
    let stderr = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    const [code] = (await once(child, 'close')) as [number | null]
    closeSync(stdout)
    expect({ code, stderr, content: readFileSync(file, 'utf8') }).toEqual({
      code: 0,
      stderr: '',
      content: 'whole',
    })
  })

  it('gives way to a directory of that name', async () => {
    const server = await origin(tagged)
    const file = newFile()
    mkdirSync(join(`${file}.rockpool`, 'inside'), { recursive: true })
    expect(await command(['-o', file, server.url])).toEqual({ code: 0, stdout: '', stderr: '' })
    expect([readFileSync(file, 'utf8'), existsSync(`${file}.rockpool/inside`)]).toEqual(['whole', true])
  })

  it.each([[[]], [['--no-clobber']]])(
    'never takes the place of a file of somebody else %j',
    async (flags) => {
      const untagged = await origin()
      const server = await origin(tagged)
      const file = newFile()
      writeFileSync(`${file}.rockpool`, 'my own notes\n')
      expect(await command([...flags, '-o', file, server.url])).toMatchObject({ code: 0, stderr: '' })
      expect(readFileSync(`${file}.rockpool`, 'utf8')).toBe('my own notes\n')
      await command(['-o', file, untagged.url])
      expect(readFileSync(`${file}.rockpool`, 'utf8')).toBe('my own notes\n')
    },
  )

  it('of an earlier download is replaced', async () => {
    const server = await origin((_, answer) => {
      answer.writeHead(200, { ETag: '"two"', 'Content-Length': 100_000 })
      answer.write('some', () => answer.destroy())
    })
    const file = begun('"one"')
    expect(await command(['--retries', '0', '-o', file, server.url])).toMatchObject({ code: 18 })
    expect(readFileSync(`${file}.rockpool`, 'utf8')).toBe('"two"\n')
  })
})

describe('a part', () => {
  const date = 'Thu, 01 Jan 2026 00:00:00 GMT'
  const later = 'Fri, 02 Jan 2026 00:00:00 GMT'

  it.each([
    ['of another date', date, { 'Last-Modified': later }],
    ['without the tag that was asked for', '"one"', { 'Last-Modified': date }],
    ['with a weak tag', '"one"', { ETag: 'W/"one"' }],
  ])('%s is not added', async (_, validator, fields) => {
    const server = await origin(part(fields as Record<string, string>))
    const file = begun(validator)
    expect(await command(['-C', '-o', file, server.url])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('another version'),
    })
    expect(readFileSync(file, 'utf8')).toBe('part')
  })

  it.each([
    ['of the same date', date, { 'Last-Modified': date }],
    ['that tells no date', date, {}],
    ['of the same tag', '"one"', { ETag: '"one"' }],
  ])('%s is', async (_, validator, fields) => {
    const server = await origin(part(fields as Record<string, string>))
    const file = begun(validator)
    expect(await command(['-C', '-o', file, server.url])).toEqual({ code: 0, stdout: '', stderr: '' })
    expect([readFileSync(file, 'utf8'), existsSync(`${file}.rockpool`)]).toEqual(['partrest', false])
  })

  it.each([
    ['a part from elsewhere', 206, { 'Content-Range': 'bytes 0-7/8' }],
    ['a length that is less', 416, { 'Content-Range': 'bytes */2' }],
  ])('%s ends the command, though the body never ends', async (_, status, fields) => {
    const server = await origin((_, answer) => {
      answer.writeHead(status, fields as Record<string, string>)
      answer.write('endless')
    })
    const file = begun()
    expect(await command(['-C', '-o', file, server.url])).toMatchObject({ code: 1 })
    expect(readFileSync(file, 'utf8')).toBe('part')
  })
})

describe('an answer without content', () => {
  it.each([
    [304, []],
    [204, []],
    [304, ['-C']],
    [204, ['-C']],
  ])('%i leaves the file as it is %j', async (status, flags) => {
    const server = await origin((_, answer) => void answer.writeHead(status).end())
    const file = begun('"one"')
    const there = await command([...flags, '-o', file, server.url])
    expect(there).toMatchObject({ code: 0, stderr: expect.stringContaining(`${status} `) })
    expect([readFileSync(file, 'utf8'), readFileSync(`${file}.rockpool`, 'utf8')]).toEqual([
      'part',
      '"one"\n',
    ])
    const absent = newFile()
    expect(await command(['-o', absent, server.url])).toMatchObject({ code: 0 })
    expect(existsSync(absent)).toBe(false)
  })

  it.each([203, 302])('--continue starts over on 200, not on %i', async (status) => {
    const server = await origin((_, answer) => void answer.writeHead(status).end('other'))
    const file = begun()
    const outcome = await command(['-C', '--redirect', 'false', '-o', file, server.url])
    expect(outcome).toMatchObject({ code: 1, stderr: expect.stringContaining(`answered ${status}`) })
    expect(readFileSync(file, 'utf8')).toBe('part')
  })
})
