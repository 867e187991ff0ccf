/**
 * What the parity table says to write is done: each expression is evaluated against the embedded origin, each set of options
 * is given to a pool, a manager or a request, which must take it. That it compiles is from-urllib3.test.ts's business.
 */

import { subscribe } from 'node:diagnostics_channel'
import * as dns from 'node:dns'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { certificates } from '@rockpool/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toJavaScript } from '../../../core/test/docs/type-check.js'
import * as rockpool from '../../src/index.js'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const cells = readFileSync(join(root, 'docs', 'from-urllib3.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('|') && !/^\|(---\|)+$/.test(line))
  .map((line) => line.split(/(?<!\\)\|/)[2] ?? '')
  .flatMap((ours) => [...ours.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code))

const home = process.cwd()
const folder = mkdtempSync(join(tmpdir(), 'rockpool-parity-'))
const client = certificates.leaf({ usage: 'client', passphrase: 'secret' })
let origin: { readonly port: number; close(): Promise<void> }

beforeAll(async () => {
  const place = pathToFileURL(join(root, 'examples', 'quickstart', 'origin.mjs')).href
  const { startOrigin } = (await import(/* @vite-ignore */ place)) as {
    startOrigin(): Promise<typeof origin>
  }
  origin = await startOrigin()
  // The files that the table speaks of.
  mkdirSync(join(folder, 'etc-ca'))
  for (const name of ['ca.pem', 'proxy-ca.pem', 'etc-ca/ca.pem'])
    copyFileSync(client.caFile, join(folder, name))
  writeFileSync(join(folder, 'client.pem'), client.cert)
  writeFileSync(join(folder, 'client.key'), client.key)
  process.chdir(folder)
})

afterAll(async () => {
  process.chdir(home)
  rmSync(folder, { recursive: true })
  await origin.close()
})

/** With what stands for "and so on" in it, and with the origin's address. */
function written(code: string): string {
  return code
    .replaceAll("'sha256/…'", `'${client.spkiPin}'`)
    .replaceAll(/'AB:(CD:)?…'/g, `'${client.fingerprint}'`)
    .replaceAll("'/etc/ca'", "'etc-ca'")
    .replaceAll('http://localhost:8080', `http://127.0.0.1:${origin.port}`)
    .replaceAll("'localhost', 8080", `'127.0.0.1', ${origin.port}`)
}

type Scope = Readonly<Record<string, unknown>>
const AsyncFunction = (async () => undefined).constructor as new (
  ...parts: string[]
) => (...values: unknown[]) => Promise<unknown>

function evaluate(code: string, scope: Scope): Promise<unknown> {
  const body = toJavaScript(`void 0; const __value = (${written(code)})`)
  return new AsyncFunction(...Object.keys(scope), `${body}; return __value`)(...Object.values(scope))
}

async function withScope(use: (scope: Scope, url: string) => Promise<void>): Promise<void> {
  const url = `http://127.0.0.1:${origin.port}/`
  const { default: _, ...names } = rockpool as unknown as Record<string, unknown>
  const pool = rockpool.connectionFromUrl(url)
  const manager = new rockpool.PoolManager({ proxy: {} })
  const response = await pool.request('GET', '/users/7', { preloadContent: false })
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from('chunk')
  }
  const scope = {
    ...names,
    dns,
    subscribe,
    pool,
    manager,
    response,
    headers: new rockpool.HTTPHeaders({ Accept: '*/*' }),
    policy: new rockpool.Retry({ total: 3 }),
    context: client.context(),
    pem: client.ca,
    url,
    bytes: Buffer.from('bytes'),
    chunks,
  }
  const previous = rockpool.getDefaultManager()
  try {
    await use(scope, url)
  } finally {
    rockpool.setDefaultManager(previous)
    response.close()
    await pool.close()
    await manager.close()
  }
}

/** Options of a pool or manager, or else of a request; refused by all, the reason is a request's. */
async function expectTaken(options: object, manager: rockpool.PoolManager, url: string): Promise<void> {
  for (const make of [
    () => new rockpool.PoolManager(options),
    () => rockpool.connectionFromUrl(url, options),
    () => rockpool.connectionFromUrl('https://127.0.0.1', options),
  ]) {
    try {
      await make().close()
      return
    } catch (error) {
      if (!(error instanceof rockpool.OptionsError)) throw error
    }
  }
  const content = ['body', 'json', 'fields', 'expectContinue'].some((name) => name in options)
  const answer = await manager.request(content ? 'POST' : 'GET', new URL('/echo', url).href, options)
  answer.close()
  expect(answer.status).toBe(200)
}

describe('what the table says to write', () => {
  it('is there to be done', () => expect(cells.length).toBeGreaterThan(150))

  it.each([...new Set(cells.slice(1))])('works: %s', async (code) => {
    await withScope(async (scope, url) => {
      const value = await evaluate(code, scope)
      if (code.startsWith('{')) await expectTaken(value as object, scope.manager as rockpool.PoolManager, url)
      if (value instanceof rockpool.HTTPConnectionPool || value instanceof rockpool.PoolManager)
        await value.close()
    })
  })
})
