/** An https proxy that demands a client certificate: over TLS 1.3 its refusal comes when it has been asked already. */
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type HTTPError, ProxyError, SSLError } from '@rockpool/core'
import { certificates } from '@rockpool/testkit'
import { expect, it, onTestFinished } from 'vitest'
import { authority, managerFor, rejection, trust } from './support/calls.js'
import { track } from './support/origin.js'

const clients = certificates.ca({ label: 'client' })
const client = clients.leaf({ usage: 'client', altNames: [] })
const leaf = authority.leaf({ hosts: ['localhost'] })

async function demandingProxy(maxVersion: 'TLSv1.2' | 'TLSv1.3') {
  const state = { asked: 0, connections: 0, url: '' }
  const demand = { requestCert: true, rejectUnauthorized: true, ca: clients.cert, maxVersion }
  const server = createServer({ cert: leaf.cert, key: leaf.key, ...demand }, (_request, response) => {
    state.asked += 1
    response.end('forwarded')
  })
  track(server as never)
  server.on('connection', () => {
    state.connections += 1
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  state.url = `https://localhost:${(server.address() as AddressInfo).port}`
  return state
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  for (const target of ['http://origin.test/', 'https://origin.test/']) {
    it(`without one ${target} fails for good, and is told so, over ${version}`, async () => {
      const proxy = await demandingProxy(version)
      const error = await rejection(managerFor({ url: proxy.url }).request('GET', target))
      // The word comes after the handshake: then a forwarded request is on its way, and the proxy is its peer.
      const late = version === 'TLSv1.3' && target.startsWith('http:')
      expect(error).toBeInstanceOf(late ? SSLError : ProxyError)
      const precise = late ? error : (error as ProxyError).originalError
      expect(precise).toBeInstanceOf(SSLError)
      expect((precise as HTTPError).phase).toBe('tls')
      expect(error.message).toContain('client certificate')
      expect({ asked: proxy.asked, connections: proxy.connections }).toEqual({ asked: 0, connections: 1 })
    })
  }

  it(`with the one in its tls options it is used, over ${version}`, async () => {
    const proxy = await demandingProxy(version)
    const own = { ...trust, certData: client.cert, keyData: client.key }
    const answer = await managerFor({ url: proxy.url, tls: own }).request('GET', 'http://origin.test/')
    expect(await answer.text()).toBe('forwarded')
  })
}
