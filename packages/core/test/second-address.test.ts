// A host with two addresses of which the first does not answer: what is read is what the second one sent, and nothing else.
import type { LookupFunction } from 'node:net'
import { answerAll, response, scriptedServer } from '@rockpool/testkit'
import { expect, it } from 'vitest'
import { HTTPConnectionPool } from '../src/index.js'

const bothAddresses: LookupFunction = (_host, _options, callback) =>
  callback(null, [
    { address: '::1', family: 6 },
    { address: '127.0.0.1', family: 4 },
  ])

it('the answer of the second address is not mixed up with what another connection read before', async () => {
  await using other = await scriptedServer(answerAll(response(200, 'a secret of another origin')))
  await using first = new HTTPConnectionPool('127.0.0.1', other.port)
  expect(await (await first.request('GET', '/')).text()).toBe('a secret of another origin')

  await using server = await scriptedServer(answerAll(response(200, 'what was asked for')))
  await using pool = new HTTPConnectionPool('two.test', server.port, { lookup: bothAddresses })
  for (let call = 0; call < 3; call++) {
    expect(await (await pool.request('GET', '/')).text()).toBe('what was asked for')
  }
  expect(pool.numConnections).toBe(1)
})
