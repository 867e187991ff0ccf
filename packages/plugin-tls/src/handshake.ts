/**
 * One handshake with one peer: what is offered, what is checked before the first request byte, what is kept.
 *
 * A session is offered only under the key of exactly this policy, leg, route, peer and address, and kept only once the
 * checks below have passed; when it is resumed the facts stored with it are judged like a certificate that was just
 * shown. To a pinned peer none is offered unless asked for: a ticket proves who shares its keys, not the pinned key.
 */
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import {
  CertificateError,
  type ConnectContext,
  type ConnectTarget,
  type HTTPError,
  type Origin,
  type Phase,
  SSLError,
  type TlsRequest,
  type TlsSummary,
} from '@rockpool/core/plugin'
import { explainHandshake } from './handshake-errors.js'
import type { PeerName } from './host-match.js'
import { PeerCertificate } from './peer-certificate.js'
import { reportPinMismatch } from './pin-report.js'
import { type PinSet, pinsFor } from './pins.js'
import type { TlsPolicy } from './policy.js'
import type { SessionCache, SessionFacts, StoredSession } from './session-cache.js'
import { pinMismatch, verifyChain, verifyFingerprint, verifyName } from './verify.js'

/** HTTP/1.1 is all that is spoken, inside a tunnel too (RFC 7301). */
const ALPN = ['http/1.1']
/** Servers send one or two; more would be a flood. */
const TICKETS_TAKEN = 2

/** Whom a leg is to be secured with. */
export interface Leg {
  /** Whose certificate is expected. */
  readonly peer: PeerName
  /** Set when the leg reaches the origin; `undefined` for a proxy's. */
  readonly securedFor: Origin | undefined
  /** Told when nothing has proven who the peer is. */
  readonly onUnproven: () => void
}

/** See the file's head. */
export class Handshake implements TlsRequest {
  readonly options: ConnectionOptions
  readonly securedFor: Origin | undefined
  readonly peer: string
  readonly #policy: TlsPolicy
  readonly #leg: Leg
  readonly #context: ConnectContext
  readonly #pins: PinSet | undefined
  readonly #sessions: SessionCache | undefined
  readonly #route: string
  #sessionKey = ''
  #offered: StoredSession | undefined
  #facts: SessionFacts | undefined
  #ticketsLeft: number = TICKETS_TAKEN
  #secured = false

  constructor(policy: TlsPolicy, leg: Leg, target: ConnectTarget, context: ConnectContext) {
    const { name, isIp } = policy.serverHostname ?? leg.peer
    this.#policy = policy
    this.#leg = leg
    this.#context = context
    this.securedFor = leg.securedFor
    this.peer = `${target.host.includes(':') ? `[${target.host}]` : target.host}:${target.port}`
    this.#pins = policy.pins === undefined ? undefined : pinsFor(policy.pins, leg.peer.name)
    this.#sessions = this.#isPinned() && !policy.resumesPinned ? undefined : policy.sessions
    this.#route = routeOf(policy, leg, this.peer, context)
    this.options = {
      secureContext: policy.secureContext(),
      // RFC 6066 §3: never for an address.
      servername: isIp ? '' : name,
      ALPNProtocols: ALPN,
      // Judged in `check`, with the certificate at hand and in the same way for resumed sessions.
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
    }
  }

  readonly prepare = (socket: TLSSocket): void => {
    this.#policy.keyLog?.(socket)
    socket.on('secureConnect', () => this.#onSecured(socket))
    if (this.#sessions === undefined) return
    socket.on('session', (session) => this.#keep(session, socket))
    socket.on('error', this.#onError)
  }

  readonly session = (address: string | undefined): Buffer | undefined => {
    if (this.#sessions === undefined) return undefined
    const { clock } = this.#context
    // Whoever is at another address may share the ticket keys and have a certificate for another name.
    this.#sessionKey = `${this.#route} ${address ?? ''}`
    this.#offered = this.#sessions.take(this.#sessionKey, clock.now(), clock.wallNow())
    return this.#offered?.session
  }

  readonly explain = (error: unknown, phase: Phase): HTTPError | undefined =>
    explainHandshake(error, phase, this.peer, this.#policy.showsCertificate)

  readonly check = (socket: TLSSocket): TlsSummary => {
    try {
      return this.#judge(socket)
    } catch (error) {
      this.#forget()
      throw error
    }
  }

  #judge(socket: TLSSocket): TlsSummary {
    const alpn = socket.alpnProtocol
    if (typeof alpn === 'string' && alpn !== 'http/1.1') {
      throw new SSLError(`${this.peer} chose an application protocol that was not offered`, { phase: 'tls' })
    }
    const resumed = socket.isSessionReused()
    const facts = resumed ? this.#resumedFacts() : this.#freshFacts(socket)
    const { certificate } = facts
    const proven = this.#proof(certificate)
    if (proven === undefined) this.#leg.onUnproven()
    this.#facts = facts
    return {
      protocol: socket.getProtocol() ?? 'unknown',
      cipher: socket.getCipher()?.standardName ?? 'unknown',
      alpn: typeof alpn === 'string' ? alpn : undefined,
      subject: certificate.subject,
      subjectAltNames: certificate.names.map(
        ({ kind, value }) => `${kind === 'dns' ? 'DNS' : 'IP Address'}:${value}`,
      ),
      fingerprint: certificate.fingerprint,
      spkiPin: certificate.spkiPin,
      resumed,
      verified: proven === 'chain',
      verifiedBy: proven,
      // A session that is resumed shows none again.
      clientCertificate: this.#policy.showsCertificate && !resumed,
    }
  }

  #freshFacts(socket: TLSSocket): SessionFacts {
    const leaf = socket.getPeerX509Certificate()
    const host = this.#leg.peer
    if (leaf === undefined) {
      throw new CertificateError(`${this.peer} showed no certificate`, { phase: 'tls', host: host.name })
    }
    let certificate: PeerCertificate
    try {
      certificate = new PeerCertificate(leaf)
    } catch (cause) {
      throw new CertificateError(`the certificate of ${host.name} cannot be read`, {
        phase: 'tls',
        host: host.name,
        cause,
      })
    }
    if (this.#policy.verifiesChain) verifyChain(socket, leaf, certificate, host)
    return { certificate, verifiedAt: this.#context.clock.now() }
  }

  /** The chain was verified, under this very policy, when the session was made. */
  #resumedFacts(): SessionFacts {
    if (this.#offered === undefined) {
      throw new SSLError(`${this.peer} resumed a session that was not offered`, { phase: 'tls' })
    }
    return this.#offered.facts
  }

  /** Runs every check that needs the certificate's facts only; says what has proven the peer. */
  #proof(certificate: PeerCertificate): 'chain' | 'pin' | undefined {
    const { verifiesChain, fingerprints, pins } = this.#policy
    const host = this.#leg.peer.name
    const name = this.#nameToVerify()
    if (name !== undefined) verifyName(certificate, name)
    verifyFingerprint(certificate, fingerprints, host)
    const mismatch = this.#pins === undefined ? undefined : pinMismatch(certificate, this.#pins, host)
    if (mismatch !== undefined) {
      const enforced = pins?.reportOnly !== true
      reportPinMismatch(mismatch, this.peer, enforced)
      if (enforced) throw mismatch
    }
    if (verifiesChain) return 'chain'
    return this.#isPinned() ? 'pin' : undefined
  }

  /** Whether one certificate or key is demanded of this very peer. */
  #isPinned(): boolean {
    const { fingerprints, pins } = this.#policy
    return fingerprints.length > 0 || (this.#pins !== undefined && pins?.reportOnly !== true)
  }

  /** urllib3's order: a name given for it, else none beside a fingerprint, else the peer's. */
  #nameToVerify(): PeerName | undefined {
    const { assertHostname, fingerprints, serverHostname, verifiesChain } = this.#policy
    if (assertHostname === false) return undefined
    if (assertHostname !== undefined) return assertHostname
    if (fingerprints.length > 0 || !verifiesChain) return undefined
    return serverHostname ?? this.#leg.peer
  }

  #keep(session: Buffer, socket: TLSSocket): void {
    const sessions = this.#sessions
    // Without facts the checks have not passed, or not yet: then the session is worth nothing.
    if (sessions === undefined || this.#facts === undefined || this.#ticketsLeft === 0 || socket.destroyed)
      return
    this.#ticketsLeft -= 1
    const { clock } = this.#context
    const singleUse = socket.getProtocol() === 'TLSv1.3'
    sessions.put(this.#sessionKey, { session, facts: this.#facts, singleUse }, clock.now(), clock.wallNow())
  }

  /**
   * A second time: the server renegotiates (TLS 1.2), be it that OpenSSL refuses for us or that a caller's context allows
   * it. Whoever it would be then has not been judged, so the connection ends.
   */
  #onSecured(socket: TLSSocket): void {
    if (this.#secured)
      socket.destroy(Object.assign(new Error('renegotiation'), { code: 'ERR_TLS_RENEGOTIATION' }))
    this.#secured = true
  }

  /** A reset of an idle connection says nothing against its session; a failed handshake or a broken record does. */
  readonly #onError = (error: Error): void => {
    const code = 'code' in error ? String(error.code) : ''
    if (this.#facts === undefined || code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS')) this.#forget()
  }

  #forget(): void {
    this.#facts = undefined
    this.#sessions?.drop(this.#sessionKey)
  }
}

function routeOf(policy: TlsPolicy, leg: Leg, peer: string, context: ConnectContext): string {
  const route = [context.partition, context.dial.socketPath ?? '', peer, leg.peer.name]
  const end =
    leg.securedFor === undefined ? `proxy for ${context.origin.key}` : `origin ${leg.securedFor.key}`
  return JSON.stringify([policy.identity, end, ...route])
}
