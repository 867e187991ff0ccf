// Files and values as people really give them: joined, encoded, encrypted, in the wrong order, for another version.
import { createPrivateKey } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { OptionsError } from '@rockpool/core'
import { certificates } from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'
import { type TlsOptions, tls } from '../src/index.js'
import { createPolicy } from '../src/policy.js'
import { failureOf, get } from './https-call.js'
import { certificateDirectory, derOf } from './openssl.js'
import { startTlsServer } from './tls-server.js'

const ca = certificates.ca()
const otherCa = certificates.ca({ label: 'other' })
const client = ca.leaf({ commonName: 'client', usage: 'client', altNames: [] })
const leaf = ca.leaf({ hosts: ['localhost'] })
const key = createPrivateKey(client.key)
const encryptedDer = key.export({ type: 'pkcs8', format: 'der', cipher: 'aes-256-cbc', passphrase: 'secret' })
const certData = client.cert

function refusal(options: TlsOptions): OptionsError {
  try {
    tls(options)
  } catch (error) {
    if (error instanceof OptionsError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

function directory(name: string, files: Record<string, string>): string {
  const path = join(certificateDirectory, name)
  mkdirSync(path)
  for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text)
  return path
}

describe('refused, with what to do', () => {
  const cases: [what: string, options: TlsOptions, path: string, words: string][] = [
    [
      'several DER certificates in one: all but the first would be lost',
      { caCertData: Buffer.concat([derOf(ca), derOf(otherCa)]) },
      'caCertData',
      'more bytes after a DER certificate',
    ],
    [
      'bytes after a DER certificate',
      { caCertData: Buffer.concat([derOf(ca), Buffer.of(0)]) },
      'caCertData',
      '1 more',
    ],
    [
      'PEM from a variable in which line breaks are escaped',
      { caCertData: ca.cert.replaceAll('\n', '\\n') },
      'caCertData',
      'a backslash and an n',
    ],
    [
      'an encrypted DER key alone',
      { certData, keyData: encryptedDer },
      'keyPassword',
      'no keyPassword is given',
    ],
    [
      'an encrypted DER key with a wrong password',
      { certData, keyData: encryptedDer, keyPassword: 'wrong' },
      'keyPassword',
      'does not open the key',
    ],
    [
      'an old kind of DER key',
      { certData, keyData: key.export({ type: 'sec1', format: 'der' }) },
      'keyData',
      'as PKCS #8',
    ],
    [
      'a chain in the wrong order',
      { certData: ca.cert + client.cert, keyData: client.key },
      'keyData',
      'belongs to a later one',
    ],
    [
      'ciphers of TLS 1.3 where 1.2 is the newest',
      { ciphers: 'TLS_AES_128_GCM_SHA256', sslMaximumVersion: 'TLSv1.2' },
      'ciphers',
      'they are all of TLS 1.3',
    ],
    [
      'ciphers of which none is for the only version',
      { ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256', sslVersion: 'TLSv1.3' },
      'ciphers',
      'none of them is of TLS 1.3',
    ],
  ]
  it.each(cases)('is %s', (_what, options, path, words) => {
    const error = refusal(options)
    expect(error.path).toBe(path)
    expect(error.message).toContain(words)
    expect(error.message).not.toContain('secret')
  })
})

describe('accepted', () => {
  const both = ca.cert + otherCa.cert
  it.each<[what: string, pem: string]>([
    ['with Windows line breaks', both.replaceAll('\n', '\r\n')],
    [
      'with comments in which there are dashes',
      `# -- a - b --\nsubject=CN = a-b\n${ca.cert}\n-----\n${otherCa.cert}`,
    ],
    ['with a byte order mark', `\ufeff${both}`],
    ['with repetitions', both + both],
  ])('is a bundle of CAs %s, all of them counting', (_what, caCertData) => {
    expect(createPolicy({ caCertData }).identity).toBe(
      createPolicy({ caCertData: [ca.cert, otherCa.cert] }).identity,
    )
  })

  it('is an encrypted DER key with its password', () => {
    tls({ certData, keyData: encryptedDer, keyPassword: 'secret' })
  })

  it('is, in a directory, a CA whose key is in the same file; a key alone is passed over', () => {
    const path = directory('with-keys', { 'a.pem': ca.key + ca.cert, 'b.pem': otherCa.key, README: 'no PEM' })
    expect(createPolicy({ caCertDir: path }).identity).toBe(createPolicy({ caCertData: ca.cert }).identity)
  })

  it('is, in a directory, what is a certificate: lists, parameters, requests and directories are passed over', () => {
    const pem = (label: string): string => `-----BEGIN ${label}-----\nAAAA\n-----END ${label}-----\n`
    const path = directory('with-others', {
      'ca.pem': ca.cert,
      'crl.pem': pem('X509 CRL'),
      'dh.pem': pem('DH PARAMETERS') + pem('EC PARAMETERS'),
      'new.crt': pem('CERTIFICATE REQUEST'),
    })
    mkdirSync(join(path, 'older.pem'))
    expect(createPolicy({ caCertDir: path }).identity).toBe(createPolicy({ caCertData: ca.cert }).identity)
    writeFileSync(join(path, 'trusted.pem'), pem('TRUSTED CERTIFICATE'))
    expect(() => createPolicy({ caCertDir: path })).toThrow('there is PEM, but no certificate')
  })

  it('are ciphers of both kinds, and a security level for any version', () => {
    tls({ ciphers: 'TLS_AES_128_GCM_SHA256', sslVersion: 'TLSv1.3' })
    tls({ ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256:TLS_AES_128_GCM_SHA256', sslVersion: 'TLSv1.2' })
    tls({ ciphers: 'DEFAULT@SECLEVEL=1', sslVersion: 'TLSv1.3' })
  })
})

describe('a server that has TLS 1.1 only', () => {
  it('is spoken to when that is asked for, at the level of security it takes; else the error names it', async () => {
    await using server = await startTlsServer(leaf, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1' })
    const old: TlsOptions = { caCertData: ca.cert, sslVersion: 'TLSv1.1' }
    expect((await failureOf(server.port, old)).message).toContain('DEFAULT@SECLEVEL=0')
    const answer = await get(server.port, { ...old, ciphers: 'DEFAULT@SECLEVEL=0' })
    expect(answer.connection?.tls?.protocol).toBe('TLSv1.1')
  })
})

it('a polluted Object.prototype does not make pinned peers resume', () => {
  try {
    Object.assign(Object.prototype, { pinned: true })
    expect(createPolicy({ sessionCache: { size: 1 } }).resumesPinned).toBe(false)
  } finally {
    Reflect.deleteProperty(Object.prototype, 'pinned')
  }
})
