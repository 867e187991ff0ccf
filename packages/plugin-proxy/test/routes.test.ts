import { describe, expect, it } from 'vitest'
import { authority, expectAtRest, managerFor } from './support/calls.js'
import { field, origin } from './support/origin.js'
import { proxyServer } from './support/proxy-server.js'

const steps = (response: { connection?: { route: readonly { kind: string }[] } | undefined }): string =>
  (response.connection?.route ?? []).map(({ kind }) => kind).join(' ')

describe('an http proxy', () => {
  it('gets http requests in absolute form, with the Host of the origin, Accept and its own headers', async () => {
    const server = await origin()
    const proxy = await proxyServer()
    const manager = managerFor({ url: proxy.url, headers: { 'X-Proxy': 'yes' } })
    const response = await manager.request('GET', `${server.url}/a?b=c#fragment`)
    expect(await response.text()).toBe('GET /a?b=c')
    expect(proxy.seen[0]?.target).toBe(`${server.url}/a?b=c`)
    expect(field(proxy.seen[0], 'host')).toBe(`127.0.0.1:${server.port}`)
    expect(field(proxy.seen[0], 'accept')).toBe('*/*')
    expect(field(proxy.seen[0], 'x-proxy')).toBe('yes')
    expect(steps(response)).toBe('tcp')
    expect(response.connection?.origin.key).toBe(proxy.url)
    await manager.request('GET', server.url, { headers: { Accept: 'text/html' } })
    expect(field(proxy.seen[1], 'accept')).toBe('text/html')
    expect(field(proxy.seen[1], 'x-proxy')).toBe('yes')
  })

  it('is asked for a tunnel by https requests, and its headers stay in CONNECT', async () => {
    const server = await origin(undefined, authority)
    const proxy = await proxyServer()
    const manager = managerFor({ url: proxy.url, headers: { 'X-Proxy': 'yes' } })
    const response = await manager.request('GET', `${server.url}/a`, { headers: { 'X-Own': '1' } })
    expect(await response.text()).toBe('GET /a')
    expect(proxy.seen).toHaveLength(1)
    expect(proxy.seen[0]).toMatchObject({ method: 'CONNECT', target: `localhost:${server.port}` })
    expect(proxy.seen[0]?.headers).toEqual([
      ['Host', `localhost:${server.port}`],
      ['X-Proxy', 'yes'],
    ])
    expect(field(server.seen[0], 'x-proxy')).toBeUndefined()
    expect(field(server.seen[0], 'x-own')).toBe('1')
    expect(steps(response)).toBe('tcp connect tls')
    expect(response.connection?.route.map(({ peer }) => peer)).toEqual([
      `127.0.0.1:${proxy.port}`,
      `localhost:${server.port}`,
      `localhost:${server.port}`,
    ])
    expect(response.connection?.tls?.verified).toBe(true)
  })

  it('that closes a tunnel after each response is asked for another', async () => {
    const server = await origin((_request, response) => {
      response.setHeader('Connection', 'close')
      response.end('ok')
    }, authority)
    const proxy = await proxyServer()
    const manager = managerFor({ url: proxy.url })
    for (let count = 0; count < 3; count += 1) {
      expect((await manager.request('GET', server.url)).status).toBe(200)
    }
    expect(proxy.seen.map(({ method }) => method)).toEqual(['CONNECT', 'CONNECT', 'CONNECT'])
    expectAtRest(manager)
  })
})

describe('an https proxy', () => {
  it('is verified, and forwards http requests inside its TLS', async () => {
    const server = await origin()
    const proxy = await proxyServer({ authority })
    const manager = managerFor({ url: proxy.url })
    const response = await manager.request('GET', `${server.url}/a`)
    expect(await response.text()).toBe('GET /a')
    expect(proxy.seen[0]?.target).toBe(`${server.url}/a`)
    expect(steps(response)).toBe('tcp tls')
    expect(response.connection?.tls?.verified).toBe(true)
  })

  it('tunnels https requests: TLS inside TLS, both verified', async () => {
    const server = await origin(undefined, authority)
    const proxy = await proxyServer({ authority })
    const manager = managerFor({ url: proxy.url })
    const response = await manager.request('GET', `${server.url}/a`)
    expect(await response.text()).toBe('GET /a')
    expect(steps(response)).toBe('tcp tls connect tls')
    expect(response.connection?.origin.key).toBe(server.url)
    expect(proxy.seen[0]?.method).toBe('CONNECT')
  })

  it('forwards https requests only with useForwardingForHttps, in absolute form inside its TLS', async () => {
    const server = await origin()
    const proxy = await proxyServer({ authority, to: server.port })
    const manager = managerFor({ url: proxy.url, useForwardingForHttps: true })
    const response = await manager.request('GET', 'https://origin.example/a')
    expect(await response.text()).toBe('GET /a')
    expect(proxy.seen[0]?.target).toBe('https://origin.example/a')
    expect(field(proxy.seen[0], 'host')).toBe('origin.example')
    expect(steps(response)).toBe('tcp tls')
    expect(response.connection?.origin.key).toBe(`https://localhost:${proxy.port}`)
  })

  it('large bodies go through TLS inside TLS whole', async () => {
    const body = 'x'.repeat(1_000_000)
    const server = await origin((request, response) => {
      let size = 0
      request.on('data', (chunk: Buffer) => {
        size += chunk.length
      })
      request.on('end', () => response.end(`${size} ${body}`))
    }, authority)
    const proxy = await proxyServer({ authority })
    const manager = managerFor({ url: proxy.url })
    const response = await manager.request('POST', server.url, { body })
    expect(await response.text()).toBe(`1000000 ${body}`)
  })
})

describe('pools', () => {
  it('forwarded http origins share one pool and one connection, tunnels have one each', async () => {
    const plain = [await origin(), await origin(), await origin()]
    const secure = [await origin(undefined, authority), await origin(undefined, authority)]
    const proxy = await proxyServer()
    const manager = managerFor({ url: proxy.url })
    for (const server of [...plain, ...plain]) {
      expect((await manager.request('GET', server.url)).status).toBe(200)
    }
    expect(proxy.connections).toBe(1)
    expect(manager.numPools).toBe(1)
    for (const server of [...secure, ...secure]) {
      expect((await manager.request('GET', server.url)).status).toBe(200)
    }
    expect(proxy.connections).toBe(3)
    expect(manager.numPools).toBe(3)
  })

  it('nothing is shared between proxies, credentials, and the direct way', async () => {
    const server = await origin()
    const first = await proxyServer()
    const second = await proxyServer()
    const manager = managerFor({ url: first.url })
    const withUser = (user: string): string => first.url.replace('http://', `http://${user}:pass@`)
    await manager.request('GET', server.url)
    await manager.request('GET', server.url, { proxy: second.url })
    await manager.request('GET', server.url, { proxy: withUser('a') })
    await manager.request('GET', server.url, { proxy: withUser('b') })
    await manager.request('GET', server.url, { proxy: withUser('b') })
    await manager.request('GET', server.url, { proxy: false })
    expect(first.connections).toBe(3)
    expect(second.connections).toBe(1)
    expect(server.seen).toHaveLength(6)
    expect(manager.numPools).toBe(5)
  })

  it('the Host of a forwarded request is its own on a shared connection', async () => {
    const servers = [await origin(), await origin()]
    const proxy = await proxyServer()
    const manager = managerFor({ url: proxy.url })
    for (const server of [...servers, ...servers]) await manager.request('GET', server.url)
    expect(servers.flatMap(({ seen }) => seen.map((each) => field(each, 'host')))).toEqual(
      servers.flatMap(({ port }) => [`127.0.0.1:${port}`, `127.0.0.1:${port}`]),
    )
    expect(proxy.connections).toBe(1)
  })
})
