/**
 * The options of `tls()`: what each means, and which values it takes.
 *
 * A switch that weakens something is turned by one literal value only (`certReqs: 'none'`, `assertHostname: false`);
 * `null`, `0`, `''` and their like are refused, so that a missing variable never turns a check off. What a value means
 * (does the file exist, does the key fit, is the pin long enough) is for material.ts and pins.ts.
 */
import type { SecureContext } from 'node:tls'
import { z } from 'zod'

/** Versions of TLS, oldest first. */
export const TLS_VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const

/** A version of TLS by Node's name. */
export type TlsVersion = (typeof TLS_VERSIONS)[number]

/** One or several of the same kind. */
export type OneOrMany<Value> = Value | readonly Value[]

/**
 * Public-key pins: `sha256/` and the base64 of the SHA-256 of the certificate's SubjectPublicKeyInfo (RFC 7469 §2.4).
 *
 * One pin or several apply to every host. A map gives each host its own: a key is a host name, `*.` and a domain (every
 * name below that domain, however deep, but not the domain itself), or `*` for all the others; the most specific key
 * alone counts. One match among the pins of a host is enough, which is how keys are rotated. `reportOnly: true` in a map
 * lets a mismatch pass and reports it on the channel `rockpool:tls:pin-report`.
 */
export type Pins = OneOrMany<string> | PinMap

/** Pins by host; see {@link Pins}. */
export interface PinMap {
  readonly [host: string]: OneOrMany<string> | boolean | undefined
  /** Report a mismatch and go on. Default false. */
  readonly reportOnly?: boolean | undefined
}

/** How TLS sessions are kept for resumption. */
export interface SessionCacheOptions {
  /** Sessions kept, over all origins. Default 256. */
  readonly size?: number | undefined
  /** Milliseconds after the full handshake in which a session can be resumed. Default 3 600 000, an hour. */
  readonly maxAge?: number | undefined
  /**
   * `true`: sessions of peers that have a pin or a fingerprint are resumed too, which is checked then on what the full
   * handshake showed. Default false: a resumed session proves who shares the ticket keys, not who has the pinned key.
   */
  readonly pinned?: boolean | undefined
}

/**
 * The options of `tls()`. Files are read, and everything is checked, when the plugin is made: an option that cannot
 * work is an `OptionsError` there and never a failure of a request.
 */
export interface TlsOptions {
  /**
   * `'required'` (default) and `'optional'` verify the chain and the name; a TLS server always sends a certificate, so
   * they do the same here. `'none'` verifies neither and warns; pins, fingerprints and an `assertHostname` are still
   * enforced. urllib3: `cert_reqs`.
   */
  readonly certReqs?: 'required' | 'optional' | 'none' | undefined
  /** PEM file or files of the CAs to trust, instead of Node's own. `~/` is expanded. urllib3: `ca_certs`. */
  readonly caCerts?: OneOrMany<string> | undefined
  /** A directory of CA files (`.pem`, `.crt`, `.cer`, or OpenSSL's hashed names). urllib3: `ca_cert_dir`. */
  readonly caCertDir?: string | undefined
  /** CAs as PEM text or DER bytes. urllib3: `ca_cert_data`. */
  readonly caCertData?: OneOrMany<string | Uint8Array> | undefined
  /** PEM file of the client certificate, its intermediates after it; may hold the key as well. urllib3: `cert_file`. */
  readonly certFile?: string | undefined
  /** The same as PEM text or DER bytes. */
  readonly certData?: string | Uint8Array | undefined
  /** PEM file of the client certificate's private key. urllib3: `key_file`. */
  readonly keyFile?: string | undefined
  /** The same as PEM text or DER bytes (PKCS #8). */
  readonly keyData?: string | Uint8Array | undefined
  /** The password of an encrypted key. It is never asked for interactively. urllib3: `key_password`. */
  readonly keyPassword?: string | Uint8Array | undefined
  /** Exactly this version; not together with a minimum or maximum. urllib3: `ssl_version`. */
  readonly sslVersion?: TlsVersion | undefined
  /** Default `'TLSv1.2'`. urllib3: `ssl_minimum_version`. */
  readonly sslMinimumVersion?: TlsVersion | undefined
  /** Default: the newest that Node has. urllib3: `ssl_maximum_version`. */
  readonly sslMaximumVersion?: TlsVersion | undefined
  /** Sent in SNI and verified instead of the origin's host. urllib3: `server_hostname`. */
  readonly serverHostname?: string | undefined
  /** Verified instead of the origin's host (SNI stays); `false`: any name will do. urllib3: `assert_hostname`. */
  readonly assertHostname?: string | false | undefined
  /**
   * Fingerprint of the server's certificate in hexadecimal, colons allowed; the length tells MD5, SHA-1, SHA-256,
   * SHA-384 or SHA-512. With several, one has to match. It replaces the check of the name, not that of the chain.
   * urllib3: `assert_fingerprint`.
   */
  readonly assertFingerprint?: OneOrMany<string> | undefined
  /** Public-key pins, checked in addition to everything else. */
  readonly pins?: Pins | undefined
  /**
   * Cipher suites in OpenSSL's notation. Default Node's. Names in `TLS_` are for TLS 1.3, the others for older versions; with
   * none for a version that version is not offered, so `'DEFAULT@SECLEVEL=0'` alone means TLS 1.2 at most.
   */
  readonly ciphers?: string | undefined
  /**
   * `false`: every connection makes a full handshake. Default: sessions are resumed for an hour, with the address that
   * showed the certificate, and not with a peer that a pin or a fingerprint is set for: see {@link SessionCacheOptions}.
   */
  readonly sessionCache?: SessionCacheOptions | boolean | undefined
  /** Used as it is and never changed: not together with the options that would have to go into it. */
  readonly secureContext?: SecureContext | undefined
}

const text = z.string().min(1)
const textOrBytes = z.union([text, z.instanceof(Uint8Array)])
const oneOrMany = <Schema extends z.ZodType>(schema: Schema) => z.union([schema, z.array(schema).min(1)])
const version = z.enum(TLS_VERSIONS)

const pinMap = z.record(z.string().min(1), z.union([oneOrMany(text), z.boolean()]).optional())

const shape = {
  certReqs: z.enum(['required', 'optional', 'none']).optional(),
  caCerts: oneOrMany(text).optional(),
  caCertDir: text.optional(),
  caCertData: oneOrMany(textOrBytes).optional(),
  certFile: text.optional(),
  certData: textOrBytes.optional(),
  keyFile: text.optional(),
  keyData: textOrBytes.optional(),
  keyPassword: z.union([z.string(), z.instanceof(Uint8Array)]).optional(),
  sslVersion: version.optional(),
  sslMinimumVersion: version.optional(),
  sslMaximumVersion: version.optional(),
  serverHostname: text.optional(),
  assertHostname: z.union([text, z.literal(false)], { error: 'must be a host name, or false' }).optional(),
  assertFingerprint: oneOrMany(z.string()).optional(),
  pins: z.preprocess(pinsOfHosts, z.union([oneOrMany(z.string()), pinMap])).optional(),
  ciphers: text.optional(),
  sessionCache: z
    .union([
      z.boolean(),
      z.strictObject({
        size: z.int().min(1).optional(),
        maxAge: z.number().positive().optional(),
        pinned: z.boolean().optional(),
      }),
    ])
    .optional(),
  secureContext: z
    .custom<SecureContext>((value) => typeof value === 'object' && value !== null && 'context' in value, {
      error: 'must come from tls.createSecureContext()',
    })
    .optional(),
}

/**
 * Checks the kind of every option of {@link TlsOptions}; not yet what is behind them. Reads own properties only, and what
 * comes out inherits nothing: a `certReqs` that a bug elsewhere put on `Object.prototype` turns no check off.
 */
export const tlsOptionsSchema: z.ZodType<TlsOptions, TlsOptions> = z
  .preprocess(withoutPrototype, z.strictObject(shape))
  .transform(withoutPrototype) as unknown as z.ZodType<TlsOptions, TlsOptions>

/** The names of all options, for those who take them together with others. */
export const tlsOptionNames: readonly (keyof TlsOptions)[] = Object.freeze(
  Object.keys(shape),
) as readonly (keyof TlsOptions)[]

/** A zod record drops the key `__proto__` without a word, and with it pins that somebody relies on. */
function pinsOfHosts(value: unknown, context: z.core.$RefinementCtx): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, '__proto__')) return value
  context.addIssue({
    code: 'custom',
    path: ['__proto__'],
    message: 'is no host that pins can be for',
    input: value,
  })
  return z.NEVER
}

function withoutPrototype(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value
  return Object.assign(Object.create(null), value)
}
