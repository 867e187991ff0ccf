import { describe, expect, it } from 'vitest'
import { CopiedBody } from '../ground/copied-body.js'
import { systemClock } from '../transport/clock.js'
import type { Transport } from '../transport/transport.js'
import { MessageSender, type OutgoingMessage } from './send-message.js'

const SIZE = 262_144 + 15_000

/** Takes every write at once, but says of the last bytes that the kernel has yet to take them. */
function transportHolding(unsentBytes: number): { transport: Transport; written: Uint8Array[] } {
  const written: Uint8Array[] = []
  const transport = {
    unsentBytes,
    cork: () => undefined,
    uncork: () => undefined,
    write(data: string | Uint8Array) {
      if (typeof data !== 'string') written.push(data)
      return true
    },
  }
  return { transport: transport as unknown as Transport, written }
}

const message = (body: CopiedBody, over: Partial<OutgoingMessage>): OutgoingMessage => ({
  method: 'POST',
  head: 'POST / HTTP/1.1\r\n\r\n',
  body,
  declaredLength: SIZE,
  chunked: false,
  readTimeout: undefined,
  continueTimeout: undefined,
  close: false,
  upgrade: undefined,
  maxResponseBytes: undefined,
  ...over,
})

/** Sends a body of `A`s to its end, lets its call be over, makes a body of `S`s, and says what the last write holds now. */
async function lastWriteAfterNextCall(
  over: Partial<OutgoingMessage>,
  unsentBytes: number,
): Promise<string | undefined> {
  const body = new CopiedBody(Buffer.alloc(SIZE, 'A'))
  const { transport, written } = transportHolding(unsentBytes)
  await new Promise<void>((resolve, reject) => {
    const owner = {
      onSendProgress: () => undefined,
      onSourceWait: () => undefined,
      onSent: () => undefined,
      onSendEnd: resolve,
      onSendFailure: reject,
    }
    const sender = new MessageSender(transport, message(body, over), owner, systemClock)
    sender.start()
    sender.proceed()
  })
  body.dispose()
  const next = new CopiedBody(Buffer.alloc(SIZE, 'S'))
  const held = written.at(-1)
  expect(next.length).toBe(SIZE)
  return held === undefined ? undefined : String.fromCharCode(held[0] as number)
}

describe('the memory of a body whose call is over', () => {
  for (const [way, over] of [
    ['with a length', {}],
    ['in chunks', { chunked: true, declaredLength: undefined }],
    ['behind 100 Continue', { continueTimeout: 1_000 }],
  ] as const) {
    it(`is not used again while the kernel has yet to take a part of it, sent ${way}`, async () => {
      expect(await lastWriteAfterNextCall(over, 15_000)).toBe('A')
    })

    it(`is used again when the kernel has taken it, sent ${way}`, async () => {
      expect(await lastWriteAfterNextCall(over, 0)).toBe('S')
    })
  }
})
