import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { connectionFromUrl, ResponseError } from '@rockpool/core'
import {
  close,
  perConnection,
  readRequest,
  response,
  type Script,
  scriptedServer,
  send,
} from '@rockpool/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url))

type Download = (
  pool: unknown,
  url: string,
  file: string,
  options?: { onProgress?: (received: number, total: number | undefined) => void; resumes?: number },
) => Promise<number>

const { download } = (await import(/* @vite-ignore */ here('./download.mjs'))) as { download: Download }

it('the download example goes on after two cuts, in memory that does not grow with the file', async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [here('./main.mjs')], {
    timeout: 60_000,
  })
  expect(stderr).toBe('')
  expect(stdout).toContain('100 % of 128 MiB\n')
  expect(stdout).toMatch(/asked for: all, bytes=\d+-, bytes=\d+-\n/)
  expect(stdout).toContain('the file is whole and right\n')
  expect(Number(/at most (\d+) MiB/.exec(stdout)?.[1])).toBeLessThan(64)
})

describe('a download', () => {
  const tagged = (status: string, body: string, more = ''): string =>
    `HTTP/1.1 ${status}\r\nETag: "a"\r\nContent-Length: 10\r\n${more}\r\n${body}`

  async function downloaded(...answers: Script[]): Promise<{ text: string; ranges: (string | undefined)[] }> {
    const folder = await mkdtemp(join(tmpdir(), 'rockpool-download-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const server = await scriptedServer(perConnection(...answers))
    const pool = connectionFromUrl(server.origin)
    onTestFinished(async () => {
      await pool.close()
      await server.close()
    })
    const file = join(folder, 'file')
    try {
      await download(pool, '/file', file)
      expect(await readdir(folder)).toEqual(['file'])
      const ranges = server.connections.flatMap(({ requests }) =>
        requests.map((each) => each.header('range')),
      )
      return { text: await readFile(file, 'utf8'), ranges }
    } catch (error) {
      expect(await readdir(folder)).toEqual(['file.part'])
      throw error
    }
  }

  it('that the server does not resume begins again', async () => {
    const first = [readRequest(), send(tagged('200 OK', 'abcde')), close()]
    const changed = [readRequest(), send(tagged('200 OK', '0123456789'))]
    expect(await downloaded(first, changed)).toEqual({ text: '0123456789', ranges: [undefined, 'bytes=5-'] })
  })

  it('is not glued together from another range than was asked for', async () => {
    const first = [readRequest(), send(tagged('200 OK', 'abcde')), close()]
    const wrong = [
      readRequest(),
      send(tagged('206 Partial Content', 'abcdefghij', 'Content-Range: bytes 0-9/10\r\n')),
    ]
    await expect(downloaded(first, wrong)).rejects.toThrow(ResponseError)
  })

  it('without a strong ETag is not resumed', async () => {
    const weak = 'HTTP/1.1 200 OK\r\nETag: W/"a"\r\nContent-Length: 10\r\n\r\nabcde'
    await expect(downloaded([readRequest(), send(weak), close()])).rejects.toThrow(/body/)
  })

  it('of what is not there leaves nothing under the final name', async () => {
    await expect(downloaded([readRequest(), send(response(404, 'no'))])).rejects.toThrow('404')
  })
})
