import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSecureContext } from 'node:tls'
import { OptionsError, PoolManager } from '@rockpool/core'
import { certificates } from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'
import { type TlsOptions, tls, tlsConnector, tlsOptionNames } from '../src/index.js'
import { tlsOptionsSchema } from '../src/options.js'
import { createPolicy } from '../src/policy.js'
import {
  certificateDirectory,
  derOf,
  encryptedKey,
  fileOf,
  fingerprintOf,
  openssl,
  pinOf,
} from './openssl.js'

const ca = certificates.ca()
const otherCa = certificates.ca({ label: 'other' })
const client = ca.leaf({ commonName: 'client', usage: 'client', altNames: [] })
const stranger = ca.leaf({ commonName: 'stranger', altNames: [] })
const encrypted = encryptedKey(client, 'open sesame')
const pin = pinOf(client)

function refusal(make: () => unknown): OptionsError {
  try {
    make()
  } catch (error) {
    expect(error).toBeInstanceOf(OptionsError)
    return error as OptionsError
  }
  throw new Error('nothing was refused')
}

describe('refused where the plugin is made', () => {
  const cases: [what: string, path: string, options: unknown][] = [
    ['an unknown option', 'caCert', { caCert: 'x' }],
    ['certReqs of another kind', 'certReqs', { certReqs: 'CERT_NONE' }],
    ['certReqs null', 'certReqs', { certReqs: null }],
    ['certReqs false', 'certReqs', { certReqs: false }],
    ['certReqs empty', 'certReqs', { certReqs: '' }],
    ['a missing CA file', 'caCerts', { caCerts: '/no/such/ca.pem' }],
    ['a missing CA file among others', 'caCerts', { caCerts: [ca.certFile, '/no/such/ca.pem'] }],
    ['no CA file', 'caCerts', { caCerts: [] }],
    ['an empty CA path', 'caCerts', { caCerts: '' }],
    ['an empty CA file', 'caCerts', { caCerts: fileOf('empty.pem', '') }],
    ['a CA file that is no PEM', 'caCerts', { caCerts: fileOf('junk.pem', 'junk') }],
    ['a CA file with a key only', 'caCerts', { caCerts: ca.keyFile }],
    ['a CA file cut short', 'caCerts', { caCerts: fileOf('cut.pem', ca.cert.slice(0, 300)) }],
    ['a CA file damaged', 'caCerts', { caCerts: fileOf('bad.pem', ca.cert.replace(/MII.../, 'AAAAAA')) }],
    ['a directory as a CA file', 'caCerts', { caCerts: certificateDirectory }],
    ['junk CA data', 'caCertData', { caCertData: 'junk' }],
    ['three random bytes as CA data', 'caCertData', { caCertData: Buffer.from([1, 2, 3]) }],
    ['empty CA data', 'caCertData', { caCertData: '' }],
    ['empty CA bytes', 'caCertData', { caCertData: new Uint8Array() }],
    ['good and junk CA data', 'caCertData', { caCertData: [ca.cert, 'junk'] }],
    ['a missing CA directory', 'caCertDir', { caCertDir: '/no/such/dir' }],
    ['a missing certificate file', 'certFile', { certFile: '/no/such/cert.pem', keyFile: client.keyFile }],
    ['a junk certificate', 'certData', { certData: 'junk', keyFile: client.keyFile }],
    ['a certificate without a key', 'certFile', { certFile: client.certFile }],
    ['a key without a certificate', 'keyFile', { keyFile: client.keyFile }],
    ['a key that does not fit', 'keyFile', { certFile: client.certFile, keyFile: stranger.keyFile }],
    ['a junk key', 'keyData', { certFile: client.certFile, keyData: 'junk' }],
    ['a certificate as key', 'keyFile', { certFile: client.certFile, keyFile: client.certFile }],
    ['a missing key file', 'keyFile', { certFile: client.certFile, keyFile: '/no/such.key' }],
    ['an encrypted key alone', 'keyPassword', { certFile: client.certFile, keyFile: encrypted }],
    [
      'an encrypted key with a wrong password',
      'keyPassword',
      { certFile: client.certFile, keyFile: encrypted, keyPassword: 'open barley' },
    ],
    ['a password without a key', 'keyPassword', { keyPassword: 'x' }],
    ['two sources of a certificate', 'certData', { certFile: client.certFile, certData: client.cert }],
    [
      'two sources of a key',
      'keyData',
      { certFile: client.certFile, keyFile: client.keyFile, keyData: client.key },
    ],
    ['an unknown version', 'sslVersion', { sslVersion: 'TLSv9' }],
    ['a version in another spelling', 'sslMinimumVersion', { sslMinimumVersion: 'TLS1.2' }],
    ['an exact version and a minimum', 'sslVersion', { sslVersion: 'TLSv1.2', sslMinimumVersion: 'TLSv1.2' }],
    [
      'a minimum over the maximum',
      'sslMaximumVersion',
      { sslMinimumVersion: 'TLSv1.3', sslMaximumVersion: 'TLSv1.2' },
    ],
    ['a maximum below the default minimum', 'sslMaximumVersion', { sslMaximumVersion: 'TLSv1.1' }],
    ['an unknown cipher', 'ciphers', { ciphers: 'NOPE' }],
    ['no cipher', 'ciphers', { ciphers: '' }],
    ['a server name that is none', 'serverHostname', { serverHostname: 'a..b' }],
    ['an empty server name', 'serverHostname', { serverHostname: '' }],
    ['a name to assert that is none', 'assertHostname', { assertHostname: 'a b' }],
    ['assertHostname true', 'assertHostname', { assertHostname: true }],
    ['assertHostname null', 'assertHostname', { assertHostname: null }],
    ['assertHostname empty', 'assertHostname', { assertHostname: '' }],
    ['assertHostname zero', 'assertHostname', { assertHostname: 0 }],
    ['an empty fingerprint', 'assertFingerprint', { assertFingerprint: '' }],
    ['a fingerprint too short', 'assertFingerprint', { assertFingerprint: 'AA:A' }],
    ['a list without fingerprints', 'assertFingerprint', { assertFingerprint: [] }],
    ['an empty pin', 'pins', { pins: '' }],
    ['a pin of a host that is no pin', 'pins.a.test', { pins: { 'a.test': 'sha256/AAAA' } }],
    ['a session cache of size 0', 'sessionCache.size', { sessionCache: { size: 0 } }],
    ['a context that is none', 'secureContext', { secureContext: {} }],
    ['a context beside CAs', 'caCerts', { secureContext: createSecureContext(), caCerts: ca.certFile }],
    [
      'a context beside versions',
      'sslVersion',
      { secureContext: createSecureContext(), sslVersion: 'TLSv1.3' },
    ],
  ]
  it.each(cases)('%s', (_what, path, options) => {
    const error = refusal(() => tls(options as TlsOptions))
    // zod tells of the union, not of the member, for some nested options.
    expect(path.startsWith(error.path) && error.path !== '').toBe(true)
    expect(error.phase).toBe('options')
    expect(refusal(() => tlsConnector(options as TlsOptions)).path).not.toBe('')
  })

  it('pins for a host named "__proto__", alone and beside others', () => {
    for (const others of [{}, { 'a.test': pin }]) {
      for (const pins of [{ ['__proto__']: pin, ...others }, JSON.parse(`{"__proto__":"${pin}"}`)]) {
        const error = refusal(() => tls({ pins: Object.assign(pins, others) }))
        expect(error.path).toBe('pins.__proto__')
        expect(error.message).toContain('pins.__proto__: is no host that pins can be for')
        expect(refusal(() => tlsConnector({ pins })).path).toBe('pins.__proto__')
      }
    }
  })

  it('with the path of the file in the message, and never the password or the key', () => {
    const missing = refusal(() => tls({ caCerts: '/no/such/ca.pem' }))
    expect(missing.message).toContain('/no/such/ca.pem')
    expect(missing.message).toContain('ENOENT')
    const wrong = refusal(() =>
      tls({ certFile: client.certFile, keyFile: encrypted, keyPassword: 'open barley' }),
    )
    expect(JSON.stringify(wrong) + String(wrong.stack)).not.toContain('barley')
    const none = refusal(() => tls({ certFile: client.certFile, keyFile: encrypted }))
    expect(none.message).toContain('keyPassword')
    const junk = refusal(() => tls({ certFile: client.certFile, keyData: 'hush hush' }))
    expect(JSON.stringify(junk) + String(junk.stack)).not.toContain('hush hush')
  })

  it('at the line that made the plugin', () => {
    const error = refusal(function theCallersFunction() {
      return tls({ pins: 'no' })
    })
    expect(error.stack?.split('\n')[1]).toContain('theCallersFunction')
  })
})

describe('accepted', () => {
  const hashed = join(certificateDirectory, 'hashed')
  mkdirSync(hashed)
  const hash = openssl(['x509', '-hash', '-noout', '-in', ca.certFile]).toString().trim()
  writeFileSync(join(hashed, `${hash}.0`), ca.cert)
  writeFileSync(join(hashed, 'other.pem'), otherCa.cert)
  writeFileSync(join(hashed, 'key.pem'), ca.key)
  writeFileSync(join(hashed, 'README'), 'not a certificate')

  const cases: [what: string, options: TlsOptions | undefined][] = [
    ['nothing', undefined],
    ['undefined for everything', Object.fromEntries(tlsOptionNames.map((name) => [name, undefined]))],
    ['CAs from files', { caCerts: [ca.certFile, otherCa.certFile] }],
    ['CAs from a directory', { caCertDir: hashed }],
    ['CAs as PEM, several in one', { caCertData: `# two\n${ca.cert}\n${otherCa.cert}` }],
    ['CAs as DER', { caCertData: [derOf(ca), otherCa.cert] }],
    ['CAs from everywhere', { caCerts: ca.certFile, caCertDir: hashed, caCertData: derOf(ca) }],
    ['a certificate and its key from files', { certFile: client.certFile, keyFile: client.keyFile }],
    ['a certificate and its key as PEM', { certData: client.cert, keyData: client.key }],
    ['certificate and key in one file', { certFile: fileOf('both.pem', client.key + client.cert) }],
    ['certificate and key as DER', { certData: derOf(client), keyData: pkcs8(client.keyFile) }],
    ['an encrypted key', { certFile: client.certFile, keyFile: encrypted, keyPassword: 'open sesame' }],
    [
      'an encrypted key with its password as bytes',
      { certFile: client.certFile, keyFile: encrypted, keyPassword: Buffer.from('open sesame') },
    ],
    ['one version', { sslVersion: 'TLSv1.3' }],
    ['a range', { sslMinimumVersion: 'TLSv1.2', sslMaximumVersion: 'TLSv1.3' }],
    ['ciphers', { ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' }],
    ['names', { serverHostname: 'localhost.', assertHostname: '[::1]' }],
    ['no name', { assertHostname: false }],
    [
      'fingerprints',
      { assertFingerprint: [fingerprintOf(client, 'sha256'), fingerprintOf(client, 'sha512')] },
    ],
    ['pins', { pins: { 'a.test': pin, '*.b.test': [pin, pin], '*': pin, reportOnly: true } }],
    ['a context', { secureContext: createSecureContext(), assertHostname: 'a.test', pins: pin }],
    ['no session cache', { sessionCache: false }],
    ['a session cache', { sessionCache: { size: 1, maxAge: 1000 } }],
  ]
  it.each(cases)('%s', (_what, options) => {
    expect(tls(options).name).toBe('tls')
    expect(tlsConnector(options)).toHaveProperty('secure')
  })

  function pkcs8(path: string): Buffer {
    return openssl(['pkcs8', '-topk8', '-nocrypt', '-outform', 'der', '-in', path])
  }
})

describe('two sets of options', () => {
  const bothPems = [ca.cert, otherCa.cert]
  const distinct: TlsOptions[] = [
    {},
    { certReqs: 'none' },
    { caCertData: ca.cert },
    { caCertData: otherCa.cert },
    { caCertData: bothPems },
    { certData: client.cert, keyData: client.key },
    { certData: stranger.cert, keyData: stranger.key },
    { certData: client.cert + ca.cert, keyData: client.key },
    { sslVersion: 'TLSv1.2' },
    { sslVersion: 'TLSv1.3' },
    { sslMinimumVersion: 'TLSv1.3' },
    { sslMaximumVersion: 'TLSv1.2', sslMinimumVersion: 'TLSv1.1' },
    { serverHostname: 'a.test' },
    { serverHostname: 'b.test' },
    { assertHostname: 'a.test' },
    { assertHostname: false },
    { assertFingerprint: '0'.repeat(64) },
    { assertFingerprint: '1'.repeat(64) },
    { assertFingerprint: ['0'.repeat(64), '1'.repeat(64)] },
    { pins: pin },
    { pins: { 'a.test': pin } },
    { pins: { '*': pin } },
    { pins: { '*': pin, reportOnly: true } },
    { ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' },
    { secureContext: createSecureContext() },
    { secureContext: createSecureContext() },
  ]

  it('that differ in anything have different identities', () => {
    const identities = distinct.map((options) => createPolicy(options).identity)
    expect(new Set(identities).size).toBe(distinct.length)
  })

  it('that mean the same have the same identity, content counting and not the file', () => {
    const copy = fileOf('copy.pem', ca.cert)
    const same: [TlsOptions, TlsOptions][] = [
      [{}, { certReqs: 'required' }],
      [{}, { certReqs: 'optional', sslMinimumVersion: 'TLSv1.2' }],
      [{ caCerts: ca.certFile }, { caCerts: copy }],
      [{ caCerts: ca.certFile }, { caCertData: derOf(ca) }],
      [{ caCertData: bothPems }, { caCertData: bothPems.toReversed() }],
      [
        { certFile: client.certFile, keyFile: encrypted, keyPassword: 'open sesame' },
        { certData: client.cert, keyData: client.key },
      ],
      [{ pins: pin }, { pins: [pin] }],
      [{ pins: { a: pin, b: [pin] } }, { pins: { b: pin, a: pin } }],
    ]
    for (const [a, b] of same) expect(createPolicy(a).identity).toBe(createPolicy(b).identity)
  })

  it('see a file as it was when they were made', () => {
    const path = fileOf('changing.pem', ca.cert)
    const before = createPolicy({ caCerts: path })
    writeFileSync(path, otherCa.cert)
    const after = createPolicy({ caCerts: path })
    expect(before.identity).toBe(createPolicy({ caCertData: ca.cert }).identity)
    expect(after.identity).toBe(createPolicy({ caCertData: otherCa.cert }).identity)
  })
})

describe('a polluted Object.prototype', () => {
  it('turns no check off, neither of tls() nor of a connector for a proxy', () => {
    const inherited = { certReqs: 'none', assertHostname: false }
    try {
      Object.assign(Object.prototype, inherited)
      for (const parsed of [tlsOptionsSchema.parse({}), tlsOptionsSchema.parse({ sessionCache: false })]) {
        const { verifiesChain, assertHostname } = createPolicy(parsed)
        expect({ verifiesChain, assertHostname }).toEqual({ verifiesChain: true, assertHostname: undefined })
      }
      const { plugins } = new PoolManager({ plugins: [tls()] }).inspect()
      expect(plugins.tls).toEqual({ verifies: true, sessions: 0 })
    } finally {
      for (const name of Object.keys(inherited)) Reflect.deleteProperty(Object.prototype, name)
    }
  })
})
