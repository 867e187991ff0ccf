import { LocationParseError, LocationValueError, PoolManager } from '@rockpool/core'
import { type Connector, definePlugin, Origin, stages } from '@rockpool/core/plugin'
import { tls } from '@rockpool/plugin-tls'
import { answerAll, readRequest, response, type Script, scriptedServer, send } from '@rockpool/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { authority, managerFor, rejection, trust } from './support/calls.js'

const leaf = authority.leaf({ hosts: ['localhost', 'origin.test'], ips: ['127.0.0.1'] })
const hello = response(200, 'hello')

async function scripted(script: Script, tls = false) {
  const server = await scriptedServer(script, tls ? { tls: leaf.tls } : {})
  onTestFinished(() => server.close())
  return server
}

describe('what goes into CONNECT', () => {
  for (const [url, authorityText] of [
    ['https://[::1]/', '[::1]:443'],
    ['https://[fe80::1%25eth0]:8443/', '[fe80::1]:8443'],
    ['https://origin.test.:8443/', 'origin.test:8443'],
    ['https://BÜCHER.test/', 'xn--bcher-kva.test:443'],
    ['https://user:s3cr3t@origin.test/', 'origin.test:443'],
  ] as const) {
    it(`${url} asks for ${authorityText}`, async () => {
      const proxy = await scripted([readRequest(), send(response(403))])
      await rejection(managerFor({ url: proxy.origin }).request('GET', url))
      expect(proxy.requests[0]).toBe(`CONNECT ${authorityText} HTTP/1.1\r\nHost: ${authorityText}\r\n\r\n`)
    })
  }

  for (const url of [
    'https://evil:443\r\nX: y/',
    'https://ev il/',
    'https://evil\0/',
    'https://evil\n/',
    'https://evil\t.test/',
    `https://${'a'.repeat(256)}/`,
  ]) {
    it(`${JSON.stringify(url.slice(0, 40))} is refused before anything is dialled`, async () => {
      const proxy = await scripted([readRequest(), send(response(403))])
      const error = await rejection(managerFor({ url: proxy.origin }).request('GET', url))
      expect(error).toBeInstanceOf(LocationValueError)
      expect(proxy.connections).toHaveLength(0)
    })
  }

  it('port 0 is refused before anything is dialled', async () => {
    const proxy = await scripted([readRequest(), send(response(403))])
    const error = await rejection(managerFor({ url: proxy.origin }).request('GET', 'https://origin.test:0/'))
    expect(error).toBeInstanceOf(LocationParseError)
    expect(proxy.connections).toHaveLength(0)
  })
})

describe('safety by shape', () => {
  it('a forwarded https request never leaves over an http proxy, whatever a plugin says', async () => {
    const proxy = await scripted(answerAll(hello))
    const careless = definePlugin({
      name: 'careless',
      apply(host) {
        host.hooks.onRequest.tap({ name: 'careless', stage: stages.onRequest.route }, (context) => {
          context.via = Origin.of('http', '127.0.0.1', proxy.port)
          context.form = 'absolute'
        })
      },
    })
    const manager = new PoolManager({ plugins: [tls(trust), careless()] })
    onTestFinished(() => manager.close())
    const error = await rejection(manager.request('GET', 'https://origin.test/'))
    expect(error.code).toBe('ERR_INSECURE_TRANSPORT')
    expect(proxy.connections).toHaveLength(0)
  })

  it('an https proxy that nobody has secured gets nothing', async () => {
    const proxy = await scripted(answerAll(hello))
    const careless = definePlugin({
      name: 'careless',
      apply(host) {
        host.hooks.onRequest.tap({ name: 'careless', stage: stages.onRequest.route }, (context) => {
          context.via = Origin.of('https', 'localhost', proxy.port)
          context.form = 'absolute'
        })
        host.hooks.beforeConnect.tap({ name: 'careless' }, (next): Connector => next)
      },
    })
    const manager = new PoolManager({ plugins: [tls(trust), careless()] })
    onTestFinished(() => manager.close())
    for (const url of ['http://origin.test/', 'https://origin.test/']) {
      const error = await rejection(manager.request('GET', url))
      expect(error.code).toBe('ERR_INSECURE_TRANSPORT')
    }
    expect(proxy.requests).toHaveLength(0)
  })
})
