import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type Body, toBody } from './body.js'
import { RequestError } from './errors.js'
import { type FileBodyOptions, fileBody } from './file-body.js'

const read = async (body: Body): Promise<Buffer> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of body.open()) chunks.push(chunk)
  return Buffer.concat(chunks)
}
const text = async (body: Body): Promise<string> => (await read(body)).toString('utf8')
const folder = mkdtempSync(join(tmpdir(), 'rockpool-body-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('fileBody', () => {
  const path = join(folder, 'file')
  const content = Buffer.from(Array.from({ length: 600_000 }, (_, i) => i % 251))
  writeFileSync(path, content)

  it.each([
    [{}, 0, 600_000],
    [{ start: 10 }, 10, 600_000],
    [{ end: 9 }, 0, 10],
    [{ start: 5, end: 5 }, 5, 6],
    [{ start: 600_000 }, 600_000, 600_000],
    [{ start: 5, end: 4 }, 5, 5],
  ])('with %o is that range, as often as asked', async (options, from, to) => {
    const body = fileBody(path, options)
    expect(body).toMatchObject({ kind: 'factory', length: to - from, replayable: true, start: from })
    for (let pass = 0; pass < 2; pass++)
      expect((await read(toBody(body))).equals(content.subarray(from, to))).toBe(true)
  })

  it('has the content type it is given', () => {
    expect([fileBody(path).contentType, fileBody(path, { contentType: 'x/y' }).contentType]).toEqual([
      undefined,
      'x/y',
    ])
  })

  it.each([
    [{ start: -1 }, 'body.start'],
    [{ start: 1.5 }, 'body.start'],
    [{ start: 600_001 }, 'body.start'],
    [{ start: Number.NaN }, 'body.start'],
    [{ end: 600_000 }, 'body.end'],
    [{ start: 5, end: 3 }, 'body.end'],
    [{ end: Number.NaN }, 'body.end'],
    [{ end: '3' as unknown as number }, 'body.end'],
    [{ strat: 3 } as FileBodyOptions, 'body.strat'],
  ])('refuses %o', (options, where) => {
    expect(() => fileBody(path, options)).toThrow(expect.objectContaining({ path: where }))
  })

  it('refuses what is not there or no file', () => {
    expect(() => fileBody(join(folder, 'missing'))).toThrow(expect.objectContaining({ path: 'body' }))
    expect(() => fileBody(folder)).toThrow(expect.objectContaining({ path: 'body' }))
  })

  it('an empty file is an empty body', async () => {
    const empty = join(folder, 'empty')
    writeFileSync(empty, '')
    expect([fileBody(empty).length, await text(fileBody(empty))]).toEqual([0, ''])
  })

  it.each(['', 'grown beyond what it was'])(
    'fails when the file was changed to %j meanwhile',
    async (now) => {
      const file = join(folder, 'changing')
      writeFileSync(file, 'as it was')
      const body = fileBody(file)
      writeFileSync(file, now)
      await expect(read(body)).rejects.toThrow(
        expect.objectContaining({ code: 'ERR_REQUEST', phase: 'send' }),
      )
      rmSync(file)
      await expect(read(body)).rejects.toBeInstanceOf(RequestError)
    },
  )

  it('fails when the file is cut while it is sent', async () => {
    const file = join(folder, 'cut')
    writeFileSync(file, content)
    let received = 0
    const reading = (async () => {
      for await (const chunk of fileBody(file).open()) {
        if (received === 0) writeFileSync(file, 'short')
        received += chunk.byteLength
      }
    })()
    await expect(reading).rejects.toBeInstanceOf(RequestError)
    expect(received).toBeLessThan(600_000)
  })
})
