/** Checks of servers that fail in every way: the call ends with an HTTPError, or with a stand-in, and nothing stays. */
import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { HTTPError, HTTPResponse, PluginError } from '@rockpool/core'
import { gate } from '../gate.js'
import { close, readRequest, reset, type Script, send, waitAt } from '../server/script.js'
import { type Bench, type BenchPool, told } from './bench.js'
import type { Check } from './check.js'

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n'
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
const never = (): Script => waitAt(gate())
/** Sent with every request; no error may show it. */
const SECRET = 'conformance-s3cret'

const failures: Readonly<Record<string, Script>> = {
  'closes before an answer': [readRequest(), close()],
  'resets before an answer': [readRequest(), reset()],
  'sends what is not HTTP': [readRequest(), send('\x16\x03\x01 what?\r\n\r\n'), close()],
  'sends a broken chunk': [readRequest(), send(`${CHUNKED}zz\r\nhello\r\n0\r\n\r\n`)],
  'closes in the middle of a body': [readRequest(), send(`${HEAD}half`), close()],
  'resets in the middle of a body': [readRequest(), send(`${HEAD}half`), reset()],
  'falls silent before an answer': [readRequest(), never()],
  'falls silent in the middle of a body': [readRequest(), send(`${HEAD}half`), never()],
}

async function expectTypedFailure(bench: Bench, pool: BenchPool, preloadContent: boolean): Promise<void> {
  const call = bench
    .call(pool, '/', { preloadContent, headers: { Authorization: `Bearer ${SECRET}`, Cookie: SECRET } })
    .then(async (response) => {
      await response.bytes()
      return response
    })
  const end = await bench.ended(call, 'the call to a failing server')
  if ('error' in end) {
    assert.ok(end.error instanceof HTTPError, `the call must fail with an HTTPError, not ${told(end.error)}`)
    assert.ok(
      !(end.error instanceof PluginError),
      `a failing server is no fault of a plugin: ${told(end.error)}`,
    )
    expectNoSecret(bench, end.error, 'an error')
  } else assert.ok(end.value instanceof HTTPResponse)
  expectNoSecret(bench, pool.inspect(), 'inspect()')
  await bench.expectAtRest(pool)
}

function expectNoSecret(bench: Bench, value: unknown, what: string): void {
  const shown = [inspect(value, { depth: 12, showHidden: true, getters: true }), String(value), asJson(value)]
  for (const secret of [SECRET, ...bench.settings.secrets]) {
    assert.ok(!shown.some((text) => text.includes(secret)), `${what} shows a credential`)
  }
}

function asJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? ''
  } catch {
    return ''
  }
}

async function fails(bench: Bench, script: Script): Promise<void> {
  for (const preloadContent of [true, false]) {
    const server = await bench.serve(script)
    await expectTypedFailure(
      bench,
      bench.pool(server, { timeout: { connect: null, read: 1_000 } }),
      preloadContent,
    )
  }
}

async function refuses(bench: Bench): Promise<void> {
  const server = await bench.serve([])
  const pool = bench.pool(server)
  await server.close()
  await expectTypedFailure(bench, pool, true)
}

/** See the file's head. */
export const failureChecks: readonly Check[] = [
  { name: 'leaves nothing when the server refuses', run: refuses },
  ...Object.entries(failures).map(([what, script]) => ({
    name: `leaves nothing when the server ${what}`,
    run: (bench: Bench) => fails(bench, script),
  })),
]
