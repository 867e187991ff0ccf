import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fileBody } from '../src/index.js'
import { expectAtRest, poolFor } from './support/pools.js'
import { answering, ok } from './support/raw-origin.js'

describe('fileBody', () => {
  function file(content: string): string {
    const folder = mkdtempSync(join(tmpdir(), 'rockpool-upload-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    writeFileSync(join(folder, 'file'), content)
    return join(folder, 'file')
  }

  it('sends a file, or a part of it, with its length', async () => {
    const origin = await answering(ok())
    const pool = poolFor(origin)
    const path = file('0123456789')
    await pool.request('PUT', '/', { body: fileBody(path) })
    await pool.request('PUT', '/', { body: fileBody(path, { start: 2, end: 4 }) })
    expect(origin.requests.map((request) => request.body.toString())).toEqual(['0123456789', '234'])
    expect(origin.requests[1]?.lines).toContain('Content-Length: 3')
    expect(origin.connections).toHaveLength(1)
  })

  it('that changed its length meanwhile fails the call', async () => {
    const origin = await answering(ok())
    const pool = poolFor(origin)
    const path = file('0123456789')
    const body = fileBody(path)
    writeFileSync(path, 'other')
    await expect(pool.request('PUT', '/', { body })).rejects.toMatchObject({
      name: 'RequestError',
      phase: 'send',
    })
    rmSync(path)
    await expect(pool.request('PUT', '/', { body })).rejects.toMatchObject({
      name: 'RequestError',
      phase: 'send',
    })
    expect(origin.requests).toEqual([])
    expectAtRest(pool)
  })
})
