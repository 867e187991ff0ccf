/**
 * The server side of TLS 1.2 by hand (RFC 5246, ECDHE with AES-128-GCM over X25519 only), for what no real TLS
 * library can be talked into: answering an extension as it should not be answered, or repeating a message for ever.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  randomBytes,
  sign,
} from 'node:crypto'
import type { Socket } from 'node:net'

const ECDHE_ECDSA = 0xc02b
const ECDHE_RSA = 0xc02f
const HANDSHAKE = 22
const CHANGE_CIPHER_SPEC = 20
const X25519_SPKI = Buffer.from('302a300506032b656e032100', 'hex')

const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255])
const u24 = (value: number): Buffer => Buffer.from([value >> 16, (value >> 8) & 255, value & 255])
const short = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from([bytes.length]), bytes])
const long = (bytes: Buffer): Buffer => Buffer.concat([u16(bytes.length), bytes])
const message = (type: number, body: Buffer): Buffer =>
  Buffer.concat([Buffer.from([type]), u24(body.length), body])

/** RFC 5246 §5. */
function prf(secret: Buffer, label: string, seed: Buffer, length: number): Buffer {
  const labelled = Buffer.concat([Buffer.from(label), seed])
  const hmac = (data: Buffer): Buffer => createHmac('sha256', secret).update(data).digest()
  let a: Buffer = labelled
  let out: Buffer = Buffer.alloc(0)
  while (out.length < length) {
    a = hmac(a)
    out = Buffer.concat([out, hmac(Buffer.concat([a, labelled]))])
  }
  return out.subarray(0, length)
}

/** One direction of the protected connection (RFC 5288). */
class Protection {
  readonly key: Buffer
  readonly salt: Buffer
  #sequence = 0n

  constructor(key: Buffer, salt: Buffer) {
    this.key = key
    this.salt = salt
  }

  #additional(type: number, length: number): Buffer {
    const sequence = Buffer.alloc(8)
    sequence.writeBigUInt64BE(this.#sequence++)
    return Buffer.concat([sequence, Buffer.from([type, 3, 3]), u16(length)])
  }

  seal(type: number, text: Buffer): Buffer {
    const explicit = randomBytes(8)
    const cipher = createCipheriv('aes-128-gcm', this.key, Buffer.concat([this.salt, explicit]))
    cipher.setAAD(this.#additional(type, text.length))
    const sealed = Buffer.concat([cipher.update(text), cipher.final()])
    return Buffer.concat([explicit, sealed, cipher.getAuthTag()])
  }

  open(type: number, sealed: Buffer): Buffer {
    const nonce = Buffer.concat([this.salt, sealed.subarray(0, 8)])
    const decipher = createDecipheriv('aes-128-gcm', this.key, nonce)
    decipher.setAuthTag(sealed.subarray(-16))
    decipher.setAAD(this.#additional(type, sealed.length - 24))
    return Buffer.concat([decipher.update(sealed.subarray(8, -16)), decipher.final()])
  }
}

/** What the server says of itself. */
export interface HandmadeServer {
  /** The certificate's DER, whatever it holds. */
  readonly certificate: Buffer
  /** Its key; without one the signature is random bytes, as of an RSA key of this size. */
  readonly key: string | { readonly rsaBits: number }
  /** Chosen whatever was offered. */
  readonly alpn: string
}

/** A connection whose handshake is done. */
export interface HandmadeConnection {
  /** Sends a record: 23 is application data, 22 a handshake message. */
  send(type: number, content: Buffer): void
}

/**
 * Answers the handshake of the client at `socket`; tells of its end.
 *
 * @throws the client's bytes are not those of the handshake, or do not decrypt
 */
export async function handmadeTls(
  socket: Socket,
  { certificate, key, alpn }: HandmadeServer,
): Promise<HandmadeConnection> {
  const records = readRecords(socket)
  const record = async (): Promise<Buffer> => {
    const { value, done } = await records.next()
    if (done === true) throw new Error('the client has left')
    return value
  }
  const hello = await record()
  const clientRandom = hello.subarray(6, 38)
  const serverRandom = randomBytes(32)
  const ephemeral = generateKeyPairSync('x25519')
  const share = short(ephemeral.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32))
  const parameters = Buffer.concat([Buffer.from([3]), u16(29), share])
  const toSign = Buffer.concat([clientRandom, serverRandom, parameters])
  const ecdsa = typeof key === 'string'
  const signature = ecdsa ? sign('sha256', toSign, key) : randomBytes(key.rsaBits / 8).fill(0, 0, 1)
  const extensions = Buffer.concat([
    Buffer.from([0xff, 1, 0, 1, 0]),
    u16(16),
    long(long(short(Buffer.from(alpn)))),
  ])
  const suite = u16(ecdsa ? ECDHE_ECDSA : ECDHE_RSA)
  const flight = [
    message(
      2,
      Buffer.concat([
        u16(0x303),
        serverRandom,
        short(Buffer.alloc(0)),
        suite,
        Buffer.of(0),
        long(extensions),
      ]),
    ),
    message(11, Buffer.concat([u24(certificate.length + 3), u24(certificate.length), certificate])),
    message(12, Buffer.concat([parameters, u16(ecdsa ? 0x403 : 0x401), long(signature)])),
    message(14, Buffer.alloc(0)),
  ]
  const write = (type: number, content: Buffer): void =>
    void socket.write(Buffer.concat([Buffer.from([type, 3, 3]), long(content)]))
  for (const part of flight) write(HANDSHAKE, part)

  const exchange = await record()
  const clientShare = createPublicKey({
    key: Buffer.concat([X25519_SPKI, exchange.subarray(5)]),
    format: 'der',
    type: 'spki',
  })
  const premaster = diffieHellman({ privateKey: ephemeral.privateKey, publicKey: clientShare })
  const master = prf(premaster, 'master secret', Buffer.concat([clientRandom, serverRandom]), 48)
  const keys = prf(master, 'key expansion', Buffer.concat([serverRandom, clientRandom]), 40)
  const incoming = new Protection(keys.subarray(0, 16), keys.subarray(32, 36))
  const outgoing = new Protection(keys.subarray(16, 32), keys.subarray(36, 40))
  await record()
  const clientFinished = incoming.open(HANDSHAKE, await record())
  const transcript = Buffer.concat([hello, ...flight, exchange, clientFinished])
  const verify = prf(master, 'server finished', createHash('sha256').update(transcript).digest(), 12)
  write(CHANGE_CIPHER_SPEC, Buffer.of(1))
  const send = (type: number, content: Buffer): void => write(type, outgoing.seal(type, content))
  send(HANDSHAKE, message(20, verify))
  // What comes after is nobody's concern, but has to be read for the end to be seen.
  void drain(records)
  return { send }
}

async function drain(records: AsyncGenerator<Buffer, void>): Promise<void> {
  try {
    while ((await records.next()).done !== true);
  } catch {
    // A reset is an end as well.
  }
}

/** The contents of the client's records, one handshake message in each. */
async function* readRecords(socket: Socket): AsyncGenerator<Buffer, void> {
  let buffered: Buffer = Buffer.alloc(0)
  for await (const chunk of socket) {
    buffered = Buffer.concat([buffered, chunk as Buffer])
    while (buffered.length >= 5 && buffered.length >= 5 + buffered.readUInt16BE(3)) {
      const end = 5 + buffered.readUInt16BE(3)
      yield buffered.subarray(5, end)
      buffered = buffered.subarray(end)
    }
  }
}
