import { MaxRetryError, PoolManager, ProxyError } from '@rockpool/core'
import { retry } from '@rockpool/plugin-retry'
import { tls } from '@rockpool/plugin-tls'
import { readRequest, response, scriptedServer, send } from '@rockpool/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { proxy } from '../src/index.js'
import { rejection } from './support/calls.js'

function retrying(url: string) {
  const manager = new PoolManager({ plugins: [tls(), retry({ total: 2, connect: 1 }), proxy({ url })] })
  onTestFinished(() => manager.close())
  return manager
}

describe('with retry()', () => {
  for (const target of ['http://origin.test/', 'https://origin.test/']) {
    it(`a proxy that is not there counts as a failed connect, for ${target}`, async () => {
      const error = await rejection(retrying('http://127.0.0.1:1').request('POST', target, { body: 'once' }))
      expect(error).toBeInstanceOf(MaxRetryError)
      expect(error.history).toHaveLength(1)
      expect((error as MaxRetryError).reason).toBeInstanceOf(ProxyError)
    })
  }

  it('a proxy that refuses is asked once', async () => {
    await using server = await scriptedServer([readRequest(), send(response(403))])
    const error = await rejection(retrying(server.origin).request('GET', 'https://origin.test/'))
    expect(error).toBeInstanceOf(ProxyError)
    expect(server.connections).toHaveLength(1)
  })

  it.each([502, 503, 504])(
    'a proxy that is out of order for the moment (%i) is asked again',
    async (status) => {
      await using server = await scriptedServer([readRequest(), send(response(status))])
      const call = retrying(server.origin).request('POST', 'https://origin.test/', { body: 'once' })
      const error = await rejection(call)
      expect(error).toBeInstanceOf(MaxRetryError)
      expect((error as MaxRetryError).reason).toMatchObject({ name: 'ProxyError', status, sent: 'nothing' })
      expect(server.connections).toHaveLength(3)
    },
  )

  it('a proxy that hangs up while it is asked is asked again', async () => {
    await using server = await scriptedServer([readRequest(), (connection) => connection.reset()])
    const error = await rejection(retrying(server.origin).request('GET', 'https://origin.test/'))
    expect(error).toBeInstanceOf(MaxRetryError)
    expect(server.connections.length).toBeGreaterThan(1)
  })
})
