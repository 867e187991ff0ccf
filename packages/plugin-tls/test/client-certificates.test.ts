import type { TLSSocket } from 'node:tls'
import { SSLError } from '@rockpool/core'
import { certificates } from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'
import type { TlsOptions } from '../src/index.js'
import { failureOf, get } from './https-call.js'
import { encryptedKey, fileOf } from './openssl.js'
import { startTlsServer } from './tls-server.js'

const ca = certificates.ca()
const clientCa = certificates.ca({ label: 'client' })
const clientIntermediate = clientCa.intermediate({ commonName: 'Client Intermediate' })
const server = ca.leaf({ hosts: ['localhost'] })
const alice = clientCa.leaf({ commonName: 'alice', usage: 'client', altNames: [] })
const bob = clientIntermediate.leaf({ commonName: 'bob', usage: 'client', altNames: [] })
const demanding = { requestCert: true, rejectUnauthorized: true, ca: clientCa.cert }
const trusting: TlsOptions = { caCertData: ca.cert }

describe('a client certificate is shown', () => {
  const ways: [how: string, options: TlsOptions, name: string][] = [
    ['from two files', { certFile: alice.certFile, keyFile: alice.keyFile }, 'alice'],
    ['from one file', { certFile: fileOf('alice.pem', alice.cert + alice.key) }, 'alice'],
    ['from memory', { certData: alice.cert, keyData: Buffer.from(alice.key) }, 'alice'],
    [
      'with an encrypted key',
      { certFile: alice.certFile, keyFile: encryptedKey(alice, 'pass'), keyPassword: 'pass' },
      'alice',
    ],
    ['with its intermediate', { certData: bob.cert + clientIntermediate.cert, keyFile: bob.keyFile }, 'bob'],
  ]
  it.each(ways)('%s, over TLS 1.2 and 1.3', async (_how, options, name) => {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      await using running = await startTlsServer(server, { ...demanding, maxVersion: version })
      expect((await get(running.port, { ...trusting, ...options })).status).toBe(200)
      expect(running.connections[0]?.client).toBe(name)
    }
  })
})

describe('a server that demands a client certificate refuses', () => {
  const expired = clientCa.leaf({ commonName: 'carol', expired: true, altNames: [] })
  const foreign = ca.leaf({ commonName: 'mallory', altNames: [] })
  const ways: [what: string, options: TlsOptions][] = [
    ['one of another CA', { certData: foreign.cert, keyData: foreign.key }],
    ['an expired one', { certData: expired.cert, keyData: expired.key }],
    ['one whose intermediate is missing', { certData: bob.cert, keyData: bob.key }],
  ]
  it('a client that has none, which is final, though in TLS 1.3 the word comes after the handshake', async () => {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      await using running = await startTlsServer(server, { ...demanding, maxVersion: version })
      const error = await failureOf(running.port, trusting)
      expect(error).toBeInstanceOf(SSLError)
      // The phase is what makes it final.
      expect(error.phase).toBe('tls')
      expect(error.message).toMatch(/demands a client certificate; see certFile|or no client certificate/)
    }
  })

  // node:tls says nothing when it does not like a certificate: it closes. With alerts: the interop tests.
  it.each(ways)('%s, and no answer is made up', async (_what, options) => {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      await using running = await startTlsServer(server, { ...demanding, maxVersion: version })
      const error = await failureOf(running.port, { ...trusting, ...options })
      expect(error.name).toBe(version === 'TLSv1.2' ? 'NewConnectionError' : 'ProtocolError')
      // In TLS 1.3 the handshake is done when the server closes: it fails the first exchange.
      expect(error.message).toContain('a server that does not accept our client certificate may do so')
      expect(running.received).toBe('')
    }
  })

  it('and is not suspected of it when none was shown, or when TLS 1.2 had accepted the one that was', async () => {
    const closing = { answer: (socket: TLSSocket): void => void socket.end() }
    const alices = { ...trusting, certData: alice.cert, keyData: alice.key }
    for (const [version, options] of [
      ['TLSv1.3', trusting],
      ['TLSv1.2', alices],
    ] as const) {
      const asks = options === alices ? demanding : {}
      await using running = await startTlsServer(server, { ...asks, maxVersion: version }, closing)
      const error = await failureOf(running.port, options)
      expect([error.name, error.message]).toEqual(['ProtocolError', 'closed before any response byte'])
    }
  })
})
