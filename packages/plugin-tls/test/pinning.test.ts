import { createHash, type X509Certificate } from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { CertificateError, HTTPSConnectionPool, PinError, PoolManager } from '@rockpool/core'
import { certificates } from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'
import { PIN_REPORT_CHANNEL, type PinReport, type TlsOptions, tls } from '../src/index.js'
import { failureOf, get, httpsPool, lastRequest, rejection, toLoopback } from './https-call.js'
import { fingerprintOf, pinOf } from './openssl.js'
import { startTlsServer } from './tls-server.js'

const ca = certificates.ca()
const leaf = ca.leaf({ hosts: ['localhost'] })
const renewed = ca.leaf({ hosts: ['localhost'], keyOf: leaf })
const next = ca.leaf({ hosts: ['localhost'], label: 'next' })
const forged = ca.leaf({ hosts: ['localhost'], label: 'forged' })
const trusting: TlsOptions = { caCertData: ca.cert }

function pinOfKey(certificate: X509Certificate | undefined): string {
  const spki = certificate?.publicKey.export({ type: 'spki', format: 'der' }) ?? ''
  return createHash('sha256').update(spki).digest('base64')
}

describe('a fingerprint', () => {
  it.each(['md5', 'sha1', 'sha256', 'sha384', 'sha512'])(
    'of %s lets the certificate through',
    async (hash) => {
      await using server = await startTlsServer(leaf)
      const colons = fingerprintOf(leaf, hash)
      for (const text of [colons, colons.replaceAll(':', '').toLowerCase()]) {
        expect((await get(server.port, { ...trusting, assertFingerprint: text })).status).toBe(200)
      }
    },
  )

  it('that does not match refuses with both digests in the error, no request byte sent, again and again', async () => {
    await using server = await startTlsServer(leaf)
    await using pool = httpsPool(server.port, {
      ...trusting,
      assertFingerprint: fingerprintOf(next, 'sha256'),
    })
    for (let round = 0; round < 3; round++) {
      const error = await rejection(pool.request('GET', '/'))
      expect(error).toBeInstanceOf(PinError)
      expect(error.message).toContain(fingerprintOf(leaf, 'sha256'))
      expect(error.message).toContain(fingerprintOf(next, 'sha256'))
    }
    expect(server.received).toBe('')
  })

  it('takes the place of the name, but an asserted name still counts', async () => {
    await using server = await startTlsServer(leaf)
    const pinned = { ...trusting, assertFingerprint: fingerprintOf(leaf, 'sha256') }
    expect((await get(server.port, pinned, '127.0.0.1')).status).toBe(200)
    const both = await failureOf(server.port, { ...pinned, assertHostname: 'other.test' })
    expect(both).toBeInstanceOf(CertificateError)
  })

  it('does not take the place of the chain', async () => {
    await using server = await startTlsServer(leaf)
    const assertFingerprint = fingerprintOf(leaf, 'sha256')
    expect(await failureOf(server.port, { assertFingerprint })).toBeInstanceOf(CertificateError)
    const unchained = await get(server.port, { assertFingerprint, certReqs: 'none' })
    expect(unchained.connection?.tls).toMatchObject({ verified: false, verifiedBy: 'pin' })
  })

  it('is enforced where nothing else is verified', async () => {
    await using server = await startTlsServer(leaf)
    const assertFingerprint = fingerprintOf(next, 'sha256')
    expect(await failureOf(server.port, { assertFingerprint, certReqs: 'none' })).toBeInstanceOf(PinError)
    expect(server.received).toBe('')
  })
})

describe('a pin', () => {
  it('lets the key through, and survives the renewal of the certificate', async () => {
    for (const certificate of [leaf, renewed]) {
      await using server = await startTlsServer(certificate)
      const { connection } = await get(server.port, { ...trusting, pins: pinOf(leaf) })
      expect(connection?.tls?.spkiPin).toBe(pinOf(leaf))
    }
  })

  it('that does not match refuses and tells the value to put into the options', async () => {
    await using server = await startTlsServer(forged)
    const error = (await failureOf(server.port, { ...trusting, pins: pinOf(leaf) })) as PinError
    expect(error).toBeInstanceOf(PinError)
    expect(error.host).toBe('localhost')
    expect(error.expected).toBe(pinOf(leaf))
    expect(error.actual).toBe(pinOf(forged))
    expect(error.message).toContain(pinOf(forged))
    expect(server.received).toBe('')
  })

  it('is one of several: the present key, or the one that will follow', async () => {
    for (const certificate of [leaf, next]) {
      await using server = await startTlsServer(certificate)
      expect((await get(server.port, { ...trusting, pins: [pinOf(leaf), pinOf(next)] })).status).toBe(200)
    }
    await using server = await startTlsServer(forged)
    const error = await failureOf(server.port, { ...trusting, pins: [pinOf(leaf), pinOf(next)] })
    expect(error).toBeInstanceOf(PinError)
  })

  it('comes on top of chain and name', async () => {
    const own = certificates.leaf({ hosts: ['localhost'], selfSigned: true })
    await using server = await startTlsServer(own)
    expect(await failureOf(server.port, { pins: pinOf(own) })).toBeInstanceOf(CertificateError)
    await using other = await startTlsServer(leaf)
    expect(await failureOf(other.port, { ...trusting, pins: pinOf(leaf) }, '127.0.0.1')).toBeInstanceOf(
      CertificateError,
    )
  })

  it('alone is enough when the chain is not looked at', async () => {
    const own = certificates.leaf({ hosts: ['localhost'], selfSigned: true })
    await using server = await startTlsServer(own)
    const { connection } = await get(server.port, { certReqs: 'none', pins: pinOf(own) })
    expect(connection?.tls?.verifiedBy).toBe('pin')
    expect(await failureOf(server.port, { certReqs: 'none', pins: pinOf(leaf) })).toBeInstanceOf(PinError)
  })

  it('of one host says nothing about another, of `*.` covers what is below', async () => {
    const wide = ca.leaf({ hosts: ['a.example.test', 'b.example.test', 'other.test'] })
    await using server = await startTlsServer(wide)
    const plugin = tls({
      ...trusting,
      pins: { 'a.example.test': pinOf(wide), '*.example.test': pinOf(leaf) },
    })
    await using manager = new PoolManager({ lookup: toLoopback, plugins: [plugin] })
    const visit = (host: string) => manager.request('GET', `https://${host}:${server.port}/`)
    expect((await visit('a.example.test')).status).toBe(200)
    expect((await visit('other.test')).status).toBe(200)
    expect(await rejection(visit('b.example.test'))).toBeInstanceOf(PinError)
  })

  it('never joins connections: a pool with a pin opens its own', async () => {
    await using server = await startTlsServer(leaf)
    await using open = httpsPool(server.port, trusting)
    await open.request('GET', '/')
    await using pinned = httpsPool(server.port, { ...trusting, pins: pinOf(next) })
    expect(await rejection(pinned.request('GET', '/'))).toBeInstanceOf(PinError)
    expect((await open.request('GET', '/')).connection?.reused).toBe(true)
  })

  it('holds for each of a thousand parallel calls while the key is swapped under them and back', {
    timeout: 60_000,
  }, async () => {
    const served: string[] = []
    const keys = [leaf, forged, leaf, forged]
    await using server = await startTlsServer(
      leaf,
      {},
      {
        answer: (socket, request) => {
          served.push(`sha256/${pinOfKey(socket.getX509Certificate())}`)
          expect(request).toContain('GET /')
          socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok')
        },
      },
    )
    await using pool = httpsPool(server.port, { ...trusting, pins: pinOf(leaf) }, 'localhost', {
      maxSize: 20,
      block: true,
    })
    let settled = 0
    const calls = Array.from({ length: 1000 }, async () => {
      const outcome = await pool.request('GET', '/').then(
        ({ connection }) => connection?.tls?.spkiPin,
        (error: Error) => error.name,
      )
      settled += 1
      const { cert, key } = keys[Math.floor(settled / 250)] ?? leaf
      if (settled % 250 === 0) server.server.setSecureContext({ cert, key })
      return outcome
    })
    const outcomes = await Promise.all(calls)
    expect(new Set(outcomes)).toEqual(new Set([pinOf(leaf), 'PinError']))
    expect(new Set(served)).toEqual(new Set([pinOf(leaf)]))
    expect(served).toHaveLength(outcomes.filter((outcome) => outcome !== 'PinError').length)
  })
})

describe('a mismatch is reported', () => {
  async function reportsDuring(port: number, work: () => Promise<unknown>): Promise<PinReport[]> {
    const reports: PinReport[] = []
    const listen = (message: unknown): void => {
      const report = message as PinReport
      if (report.peer.endsWith(`:${port}`)) reports.push(report)
    }
    subscribe(PIN_REPORT_CHANNEL, listen)
    try {
      await work()
    } finally {
      unsubscribe(PIN_REPORT_CHANNEL, listen)
    }
    return reports
  }

  it('and let through with reportOnly, on fresh and on resumed sessions', async () => {
    await using server = await startTlsServer(leaf)
    const pins = { localhost: [pinOf(next)], reportOnly: true }
    await using pool = httpsPool(server.port, { ...trusting, pins })
    const reports = await reportsDuring(server.port, async () => {
      expect((await pool.request('GET', '/', lastRequest)).status).toBe(200)
      expect((await pool.request('GET', '/', lastRequest)).connection?.tls?.resumed).toBe(true)
    })
    const report = {
      host: 'localhost',
      peer: `localhost:${server.port}`,
      expected: pinOf(next),
      actual: pinOf(leaf),
      enforced: false,
    }
    expect(reports).toEqual([report, report])
  })

  it('when it is enforced as well, and a match never', async () => {
    await using server = await startTlsServer(leaf)
    const refused = await reportsDuring(server.port, () =>
      failureOf(server.port, { ...trusting, pins: pinOf(next) }),
    )
    expect(refused).toMatchObject([{ enforced: true }])
    expect(
      await reportsDuring(server.port, () => get(server.port, { ...trusting, pins: pinOf(leaf) })),
    ).toEqual([])
  })
})

describe('warnings', () => {
  async function warningsDuring(work: () => Promise<unknown>): Promise<string[]> {
    const codes: string[] = []
    const listen = (warning: Error & { code?: string }): void => {
      if (warning.name === 'RockpoolWarning') codes.push(String(warning.code))
    }
    process.on('warning', listen)
    try {
      await work()
      await new Promise((resolve) => setImmediate(resolve))
    } finally {
      process.off('warning', listen)
    }
    return codes
  }

  it('tell once per pool that nothing is verified', async () => {
    await using server = await startTlsServer(leaf)
    const plugin = tls({ certReqs: 'none' })
    const codes = await warningsDuring(async () => {
      for (let round = 0; round < 2; round++) {
        await using pool = new HTTPSConnectionPool('localhost', server.port, {
          lookup: toLoopback,
          plugins: [plugin],
        })
        await pool.request('GET', '/', lastRequest)
        await pool.request('GET', '/', lastRequest)
      }
    })
    expect(codes).toEqual(['ROCKPOOL_INSECURE', 'ROCKPOOL_INSECURE'])
  })

  it('are silent when all is well, or when a pin proves the peer', async () => {
    await using server = await startTlsServer(leaf)
    const codes = await warningsDuring(async () => {
      await get(server.port, trusting)
      await get(server.port, { certReqs: 'none', pins: pinOf(leaf) })
      await get(server.port, { certReqs: 'none', assertFingerprint: fingerprintOf(leaf, 'sha256') })
    })
    expect(codes).toEqual([])
  })

  it('tell that report-only pins prove nothing', async () => {
    await using server = await startTlsServer(leaf)
    const pins = { '*': pinOf(leaf), reportOnly: true }
    expect(await warningsDuring(() => get(server.port, { certReqs: 'none', pins }))).toEqual([
      'ROCKPOOL_INSECURE',
    ])
  })

  it('tell once that a fingerprint is weak', async () => {
    await using server = await startTlsServer(leaf)
    for (const [hash, codes] of [
      ['md5', ['ROCKPOOL_WEAK_FINGERPRINT']],
      ['sha1', ['ROCKPOOL_WEAK_FINGERPRINT']],
      ['sha256', []],
    ] as const) {
      const assertFingerprint = fingerprintOf(leaf, hash)
      expect(await warningsDuring(() => get(server.port, { ...trusting, assertFingerprint }))).toEqual(codes)
    }
  })
})
