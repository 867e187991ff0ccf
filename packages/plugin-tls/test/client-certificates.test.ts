import { SSLError } from '@rockpool/core'
import { describe, expect, it } from 'vitest'
import type { TlsOptions } from '../src/index.js'
import { authority, encryptedKey, fileOf, issue } from './certificates.js'
import { failureOf, get } from './https-call.js'
import { startTlsServer } from './tls-server.js'

const ca = authority()
const clientCa = authority('Client Root')
const clientIntermediate = issue(clientCa, { name: 'Client Intermediate', ca: true })
const server = issue(ca, { san: 'DNS:localhost' })
const alice = issue(clientCa, { name: 'alice', usage: 'clientAuth' })
const bob = issue(clientIntermediate, { name: 'bob', usage: 'clientAuth' })
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
  const expired = issue(clientCa, { name: 'carol', notAfter: '20210101000000Z' })
  const foreign = issue(ca, { name: 'mallory' })
  const ways: [what: string, options: TlsOptions][] = [
    ['none', {}],
    ['one of another CA', { certData: foreign.cert, keyData: foreign.key }],
    ['an expired one', { certData: expired.cert, keyData: expired.key }],
    ['one whose intermediate is missing', { certData: bob.cert, keyData: bob.key }],
  ]
  it.each(ways)('%s, and no answer is made up', async (_what, options) => {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      await using running = await startTlsServer(server, { ...demanding, maxVersion: version })
      const error = await failureOf(running.port, { ...trusting, ...options })
      expect(error.name).toMatch(/^(SSLError|NewConnectionError|ProtocolError)$/)
      if (error instanceof SSLError) expect(error.phase).toBe('tls')
    }
  })
})
