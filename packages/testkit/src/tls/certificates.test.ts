import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { answerAll, type Script, send } from '../server/script.js'
import type { ServerTls } from '../server/scripted-connection.js'
import { scriptedServer } from '../server/scripted-server.js'
import { certificates } from './certificates.js'

interface Handshake {
  readonly code: string | undefined
  readonly said: string
}

/** What a client that verifies makes of a server. */
async function visit(
  tls: ServerTls,
  client: ConnectionOptions,
  script: Script = send('hi'),
): Promise<Handshake> {
  await using server = await scriptedServer([script, (connection) => connection.end()], { tls })
  return await new Promise((resolve) => {
    let said = ''
    const socket: TLSSocket = connect({
      host: '127.0.0.1',
      port: server.port,
      servername: 'localhost',
      ...client,
    })
    socket.on('data', (chunk) => {
      said += chunk
    })
    socket.on('error', (error: NodeJS.ErrnoException) => resolve({ code: error.code, said }))
    socket.on('close', () => resolve({ code: undefined, said }))
  })
}

describe('certificate factory', () => {
  it('makes leaves that a client who trusts the root accepts', async () => {
    const { tls, ca } = certificates.leaf()
    expect(await visit(tls, { ca })).toEqual({ code: undefined, said: 'hi' })
    expect(await visit(certificates.leaf({ key: 'rsa' }).tls, { ca })).toEqual({
      code: undefined,
      said: 'hi',
    })
    expect((await visit(tls, {})).code).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE')
  })

  it('makes the same certificate once, and another for other options or another label', () => {
    expect(certificates.leaf({ hosts: ['a.test'], ips: [] })).toBe(
      certificates.leaf({ ips: [], hosts: ['a.test'] }),
    )
    expect(certificates.leaf({ label: '2' })).not.toBe(certificates.leaf())
    expect(certificates.ca({ label: 'other' }).fingerprint).not.toBe(certificates.ca().fingerprint)
    expect(certificates.ca()).toBe(certificates.ca())
  })

  it('names exactly the hosts and addresses that were asked for', () => {
    const { x509 } = certificates.leaf({ hosts: ['*.example.com', 'b.test'], ips: ['10.0.0.1'] })
    expect(x509.subjectAltName).toBe('DNS:*.example.com, DNS:b.test, IP Address:10.0.0.1')
    expect(x509.subject).toBe('O=Rockpool test kit\nCN=*.example.com')
    expect(certificates.leaf({ hosts: [] }).x509.subjectAltName).toBeUndefined()
    expect(certificates.leaf({ hosts: ['a/b'] }).x509.subject).toContain('CN=a/b')
  })

  it('makes leaves whose time is over, or has not come', async () => {
    const { ca } = certificates.ca()
    expect((await visit(certificates.leaf({ expired: true }).tls, { ca })).code).toBe('CERT_HAS_EXPIRED')
    expect((await visit(certificates.leaf({ notYetValid: true }).tls, { ca })).code).toBe(
      'CERT_NOT_YET_VALID',
    )
  })

  it('makes leaves that may not serve, that signed themselves, and that are for another host', async () => {
    const { ca } = certificates.ca()
    expect((await visit(certificates.leaf({ usage: 'client' }).tls, { ca })).code).toBe('INVALID_PURPOSE')
    expect((await visit(certificates.leaf({ selfSigned: true }).tls, { ca })).code).toBe(
      'DEPTH_ZERO_SELF_SIGNED_CERT',
    )
    expect((await visit(certificates.leaf({ hosts: ['b.test'] }).tls, { ca })).code).toBe(
      'ERR_TLS_CERT_ALTNAME_INVALID',
    )
  })

  it('builds chains, good and bad', async () => {
    const root = certificates.ca({ label: 'chains' })
    const good = root.intermediate({ pathLength: 0 }).leaf()
    expect(await visit(good.tls, { ca: root.cert })).toEqual({ code: undefined, said: 'hi' })
    expect(good.ca).toBe(root.cert)
    expect(good.chain.match(/BEGIN CERTIFICATE/g)).toHaveLength(2)
    const tooDeep = root.intermediate({ pathLength: 0 }).intermediate({ label: 'deep' }).leaf()
    expect((await visit(tooDeep.tls, { ca: root.cert })).code).toBe('PATH_LENGTH_EXCEEDED')
    const noAuthority = root.intermediate({ isCa: false }).leaf()
    expect((await visit(noAuthority.tls, { ca: root.cert })).code).toMatch(/^(INVALID_CA|UNSPECIFIED)$/)
  })

  it('makes client certificates, and keys that need a passphrase', async () => {
    const { tls, ca } = certificates.leaf()
    const client = certificates.leaf({ usage: 'client', passphrase: 'secret' })
    expect(client.key).toContain('BEGIN ENCRYPTED PRIVATE KEY')
    const server = { ...tls, ca, requestCert: true, rejectUnauthorized: true }
    expect(await visit(server, { ca, ...client.tls })).toEqual({ code: undefined, said: 'hi' })
    expect(() => connect({ port: 1, key: client.key, cert: client.cert, passphrase: 'wrong' })).toThrow()
    expect(certificates.leaf({ passphrase: 'secret' }).context()).toBeDefined()
  })

  it('answers over TLS like any scripted server, request after request', async () => {
    const { tls, ca } = certificates.leaf()
    await using server = await scriptedServer(answerAll('HTTP/1.1 204 \r\n\r\n'), { tls })
    expect(server.origin).toBe(`https://127.0.0.1:${server.port}`)
    const socket = connect({ host: '127.0.0.1', port: server.port, servername: 'localhost', ca })
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    const answer = await new Promise<Buffer>((resolve) => socket.once('data', resolve))
    expect(answer.toString()).toBe('HTTP/1.1 204 \r\n\r\n')
    const connection = await server.connection(0)
    const reset = new Promise<NodeJS.ErrnoException>((resolve) => socket.once('error', resolve))
    await connection.reset()
    expect((await reset).code).toBe('ECONNRESET')
    expect(connection.requests).toHaveLength(1)
  })
})

it('alternative names can be of any kind and spelling, punctuation included', () => {
  const { x509 } = certificates.leaf({ altNames: ['URI:https://a.test/', 'DNS:a*.b.test; DNS:c.test'] })
  expect(x509.subjectAltName).toContain('URI:https://a.test/')
  expect(x509.raw.includes('a*.b.test; DNS:c.test')).toBe(true)
  expect(certificates.leaf({ altNames: [] }).x509.subjectAltName).toBeUndefined()
})

it('a renewal has the key of the certificate before it, encrypted or not', () => {
  for (const options of [{}, { passphrase: 'secret' }]) {
    const before = certificates.leaf(options)
    const renewed = certificates.leaf({ keyOf: before })
    expect(renewed.spkiPin).toBe(before.spkiPin)
    expect(renewed.fingerprint).not.toBe(before.fingerprint)
  }
})

it('keys are of the kind asked for', () => {
  const kinds = (['ecdsa', 'rsa', 'ed25519'] as const).map(
    (key) => certificates.leaf({ key }).x509.publicKey.asymmetricKeyType,
  )
  expect(kinds).toEqual(['ec', 'rsa', 'ed25519'])
})
