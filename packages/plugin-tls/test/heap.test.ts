// What a refused handshake leaves behind: nothing. Growth is the slope of the heap after collection, the median of those between
// all pairs of marks, so that one late compilation does not tilt it.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { CertificateError } from '@rockpool/core'
import { certificates } from '@rockpool/testkit'
import { expect, it } from 'vitest'
import { httpsPool, rejection } from './https-call.js'
import { startTlsServer } from './tls-server.js'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const MARKS = 10
const EACH = 100
/** A socket that stays is ten thousand and more, an error with its stack some thousand. */
const MOST_BYTES = 1500

async function heapAtRest(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    await new Promise((resolve) => setImmediate(resolve))
    collect()
  }
  return process.memoryUsage().heapUsed
}

it('a thousand bad certificates leave no heap behind', { timeout: 60_000 }, async () => {
  await using server = await startTlsServer(
    certificates.ca({ label: 'other' }).leaf({ hosts: ['localhost'] }),
  )
  await using pool = httpsPool(server.port, { caCertData: certificates.ca().cert })
  const marks: number[] = []
  for (let mark = 0; mark < MARKS + 2; mark++) {
    for (let call = 0; call < EACH; call++)
      expect(await rejection(pool.request('GET', '/'))).toBeInstanceOf(CertificateError)
    server.connections.length = 0
    server.dropAll()
    // In the first two marks code is compiled and tables get their size.
    if (mark >= 2) marks.push(await heapAtRest())
  }
  const slopes = marks.flatMap((heap, at) =>
    marks.slice(0, at).map((before, from) => (heap - before) / ((at - from) * EACH)),
  )
  const slope = slopes.sort((a, b) => a - b)[slopes.length >> 1] ?? Number.NaN
  expect(slope).toBeLessThan(MOST_BYTES)
})
