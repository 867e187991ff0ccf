// nginx goes on with another key, or with a certificate of another CA, while clients are at work. Its ticket keys stay, so a
// client that resumed what it was given before would never see the change.
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { CertificateError, PinError } from '@rockpool/core'
import { certificates } from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'
import type { TlsOptions } from '../src/index.js'
import { httpsPool, lastRequest, rejection } from '../test/https-call.js'
import { fileOf, pinOf } from '../test/openssl.js'
import { isInstalled, startNginx } from './servers.js'

const ca = certificates.ca()
const nextCa = certificates.ca({ label: 'next' })
const present = ca.leaf({ hosts: ['localhost'] })
const next = ca.leaf({ hosts: ['localhost'], label: 'next' })
const ofNextCa = nextCa.leaf({ hosts: ['localhost'] })
const trusting: TlsOptions = { caCertData: ca.cert }
const ticketKeys = fileOf('ticket.keys', '')
writeFileSync(ticketKeys, randomBytes(80))

const start = (version: string) =>
  startNginx(present, `ssl_protocols ${version}; ssl_session_ticket_key ${ticketKeys};`)

/** The key that a new connection proves. */
async function keyShown(pool: ReturnType<typeof httpsPool>): Promise<string | undefined> {
  return (await pool.request('GET', '/', lastRequest)).connection?.tls?.spkiPin
}

describe.runIf(isInstalled('nginx')).each(['TLSv1.2', 'TLSv1.3'])('over %s', (version) => {
  it('a key that is not pinned is refused from the next connection on, also in place of one that was; a pinned one is taken', async () => {
    await using server = await start(version)
    await using strict = httpsPool(server.port, { ...trusting, pins: pinOf(present) })
    await using prepared = httpsPool(server.port, { ...trusting, pins: [pinOf(present), pinOf(next)] })
    for (const pool of [strict, prepared]) expect(await keyShown(pool)).toBe(pinOf(present))
    await server.reload(next)
    const error = await rejection(strict.request('GET', '/'))
    expect(error).toBeInstanceOf(PinError)
    expect(error).toMatchObject({ expected: pinOf(present), actual: pinOf(next) })
    expect(await keyShown(prepared)).toBe(pinOf(next))
    await server.reload(present)
    for (const pool of [strict, prepared]) expect(await keyShown(pool)).toBe(pinOf(present))
  })

  it('a certificate of another CA is refused until a pool trusts that too; the new one takes the old certificate as well', async () => {
    await using server = await start(version)
    await using before = httpsPool(server.port, { ...trusting, sessionCache: false })
    await using after = httpsPool(server.port, { caCertData: [ca.cert, nextCa.cert], sessionCache: false })
    expect(await keyShown(after)).toBe(pinOf(present))
    await server.reload(ofNextCa)
    expect(await rejection(before.request('GET', '/'))).toBeInstanceOf(CertificateError)
    expect(await keyShown(after)).toBe(pinOf(ofNextCa))
  })
})
