// A plugin that has an answer in place of a failure is asked when retry() has given up, whichever is installed first.
import { HTTPConnectionPool } from '@rockpool/core'
import { definePlugin, HTTPResponse, type Plugin, stages } from '@rockpool/core/plugin'
import {
  answerAll,
  close,
  perConnection,
  readRequest,
  response,
  type Script,
  scriptedServer,
} from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'
import { retry } from '../src/index.js'

const asked: string[] = []
const fallback = definePlugin({
  name: 'stand-in',
  apply(host) {
    host.hooks.onError.tap({ name: 'stand-in', stage: stages.onError.fallback }, ({ error }) => {
      asked.push(error.name)
      return new HTTPResponse({ status: 203, body: 'from memory' })
    })
  },
})

async function outcome(plugins: readonly Plugin[], script: Script, retries?: false): Promise<unknown> {
  await using server = await scriptedServer(script)
  await using pool = new HTTPConnectionPool<readonly Plugin[]>(server.host, server.port, { plugins })
  const call = pool.request('GET', '/', (retries === undefined ? {} : { retries }) as object)
  return await call.then(
    ({ status, history }) => [status, history.map(({ reason }) => reason)],
    (error: Error) => error.name,
  )
}

const broken: Script = [readRequest(), close()]
const always: Script = perConnection(broken, broken, broken)

describe('a failure that is tried again no more', () => {
  it.each([
    ['in front of retry()', () => [fallback(), retry({ total: 2 })]],
    ['behind retry()', () => [retry({ total: 2 }), fallback()]],
  ])('is offered to a fallback installed %s, once, as what it is', async (_, plugins) => {
    asked.length = 0
    expect(await outcome(plugins(), always)).toEqual([203, ['retry', 'retry']])
    expect(asked).toEqual(['ProtocolError'])
  })

  it('is a MaxRetryError when nobody has an answer, and the failure itself when retries are off', async () => {
    expect(await outcome([retry({ total: 2 })], always)).toBe('MaxRetryError')
    expect(await outcome([retry({ total: 2 })], always, false)).toBe('ProtocolError')
  })

  it('is not offered while another attempt is to come', async () => {
    asked.length = 0
    const script = perConnection(broken, answerAll(response(200, 'well')))
    expect(await outcome([fallback(), retry({ total: 2 })], script)).toEqual([200, ['retry']])
    expect(asked).toEqual([])
  })
})
