// Servers that break the rules of TLS itself, or push its limits: they are left, with an error that says so, at a bounded cost.
import { createPublicKey } from 'node:crypto'
import type { Socket } from 'node:net'
import { CertificateError, SSLError } from '@rockpool/core'
import { certificates } from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'
import type { TlsOptions } from '../src/index.js'
import { type HandmadeServer, handmadeTls } from './handmade-tls.js'
import { failureOf, get } from './https-call.js'
import { fileOf, openssl } from './openssl.js'
import { startTcpServer, startTlsServer } from './tls-server.js'

const ca = certificates.ca()
const leaf = ca.leaf({ hosts: ['localhost'] })
const trusting: TlsOptions = { caCertData: ca.cert }
const honest: HandmadeServer = { certificate: leaf.x509.raw, key: leaf.key, alpn: 'http/1.1' }
const HANDSHAKE = 22
const DATA = 23
const response = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')

/** What a call comes to with a handmade server that goes on with `talk`, and whether the connection was left. */
async function outcome(
  server: HandmadeServer,
  talk: (send: (type: number, content: Buffer) => void) => void,
) {
  const closed: Promise<unknown>[] = []
  const serve = async (socket: Socket): Promise<void> => {
    closed.push(new Promise((resolve) => socket.once('close', resolve)))
    const connection = await handmadeTls(socket, server).catch(() => undefined)
    if (connection !== undefined) talk(connection.send)
  }
  await using running = await startTcpServer((socket) => void serve(socket))
  const verdict = await get(running.port, trusting).catch((error: unknown) => error)
  if (verdict instanceof SSLError) await Promise.all(closed)
  return verdict
}

describe('a server made by hand', () => {
  it('is spoken to while it keeps to the rules', async () => {
    const verdict = await outcome(honest, (send) => send(DATA, response))
    expect(verdict).toMatchObject({
      status: 200,
      connection: { tls: { alpn: 'http/1.1', protocol: 'TLSv1.2' } },
    })
  })

  it.each(['h2', 'http/1.0'])('is refused when it chooses %s, which was not offered', async (alpn) => {
    const verdict = await outcome({ ...honest, alpn }, (send) => send(DATA, response))
    expect(verdict).toBeInstanceOf(SSLError)
    expect(verdict).toMatchObject({ phase: 'tls', sent: 'nothing' })
  })

  it('is left when it asks for new handshakes on and on', async () => {
    const helloRequest = Buffer.alloc(4)
    const verdict = await outcome(honest, (send) => {
      for (let flood = 0; flood < 2000; flood++) send(HANDSHAKE, helloRequest)
      send(DATA, response)
    })
    expect(verdict).toBeInstanceOf(SSLError)
    expect(String(verdict)).toContain('ERR_TLS_RENEGOTIATION')
  })

  it('is left when it sends empty records on and on', async () => {
    const verdict = await outcome(honest, (send) => {
      for (let flood = 0; flood < 2000; flood++) send(DATA, Buffer.alloc(0))
      send(DATA, response)
    })
    expect(verdict).toBeInstanceOf(SSLError)
  })

  it.each([
    ['garbage', Buffer.from('3082ffff0000', 'hex')],
    ['nothing', Buffer.alloc(0)],
    ['half of one', honest.certificate.subarray(0, 200)],
  ])('is refused when its certificate is %s', async (_what, certificate) => {
    const verdict = await outcome({ ...honest, certificate }, (send) => send(DATA, response))
    expect(verdict).toBeInstanceOf(SSLError)
    expect(verdict).toMatchObject({ phase: 'tls', sent: 'nothing' })
  })

  it.each([16_384, 32_768])('is refused when its RSA key of %i bits did not sign', async (rsaBits) => {
    const certificate = withPublicKey(rsaBits)
    const verdict = await outcome({ ...honest, certificate, key: { rsaBits } }, (send) =>
      send(DATA, response),
    )
    expect(verdict).toBeInstanceOf(SSLError)
    expect(verdict).toMatchObject({ phase: 'tls', sent: 'nothing' })
  })
})

/** A certificate of our CA for a public key to which nobody has the private one: all bits of the modulus are set. */
function withPublicKey(rsaBits: number): Buffer {
  const n = Buffer.alloc(rsaBits / 8, 0xff).toString('base64url')
  const key = createPublicKey({ key: { kty: 'RSA', n, e: 'AQAB' }, format: 'jwk' })
  const file = fileOf('huge.pem', key.export({ type: 'spki', format: 'pem' }))
  const names = fileOf('names.cnf', 'subjectAltName=DNS:localhost')
  return openssl([
    ...['x509', '-new', '-force_pubkey', file, '-subj', '/CN=huge', '-days', '30', '-outform', 'der'],
    ...['-CA', ca.certFile, '-CAkey', ca.keyFile, '-extfile', names],
  ])
}

describe('a chain', () => {
  it('of a dozen intermediates is followed', async () => {
    let issuer = ca
    for (let depth = 0; depth < 12; depth++) issuer = issuer.intermediate()
    const deep = issuer.leaf({ hosts: ['localhost'] })
    await using server = await startTlsServer({ cert: deep.chain, key: deep.key })
    expect((await get(server.port, trusting)).status).toBe(200)
    expect(await failureOf(server.port, {})).toBeInstanceOf(CertificateError)
  })

  it('of more than a hundred kilobytes is refused before it is read', async () => {
    const hosts = Array.from({ length: 8000 }, (_, n) => `n${n}.long.test`)
    const huge = ca.leaf({ hosts })
    expect(huge.x509.raw.length).toBeGreaterThan(102_400)
    await using server = await startTlsServer(huge)
    const error = await failureOf(server.port, trusting, 'n0.long.test')
    expect(error).toBeInstanceOf(SSLError)
    expect(error.phase).toBe('tls')
  })
})
