/**
 * The few fields that decide framing and persistence, gathered while a head is read.
 *
 * Rule: every line of such a field counts (RFC 9110 §5.3); lines are combined here and judged in framing.ts, so that the
 * verdict does not depend on the order of lines. Other fields are only kept, never looked at. One object per codec, cleared
 * for each head: reading a head allocates nothing but its strings.
 * Neighbours: parse-head.ts offers lines, framing.ts and persistence.ts read the result. Must not know: the status.
 */
import { equalsIgnoreCase, listMembers } from '../ground/grammar.js'
import { combineLengths, NO_LENGTH } from './content-length.js'

/** Above this a timer of the platform would overflow and fire at once. */
const MAX_TIMER_MS = 2_147_483_647

/** The names that frame a message or belong to the connection: never in a trailer section (RFC 9110 §6.5.1). */
const FRAMING_FIELDS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Whether a field of this name frames a message or governs the connection. */
export function isFramingField(name: string): boolean {
  return FRAMING_FIELDS.has(name.toLowerCase())
}

// The lengths at which `add` looks, but for that of Host, which no response has.
const STEERING_LENGTHS: Uint8Array = new Uint8Array(18)
for (const length of [7, 10, 14, 16, 17]) STEERING_LENGTHS[length] = 1

/** Whether a field whose name has this many characters can matter for a response; if not, `add` need not be called. */
export function maySteerResponse(nameLength: number): boolean {
  return nameLength < 18 && STEERING_LENGTHS[nameLength] === 1
}

/** What the framing and connection fields of one head say. */
export class HeadFields {
  /** The length, or one of the negative answers of content-length.ts. */
  contentLength: number = NO_LENGTH
  /** All Transfer-Encoding lines, joined. */
  transferEncoding: string | undefined = undefined
  /** Whether Connection names `close`. */
  close = false
  /** Whether Connection names `keep-alive`. */
  keepAlive = false
  /** Whether Connection names `upgrade`. */
  upgradeOption = false
  /** All Upgrade lines, joined. */
  upgrade: string | undefined = undefined
  /** Milliseconds, see `ResponseHead.keepAliveTimeout`. */
  keepAliveTimeout: number | undefined = undefined
  /** All Content-Encoding lines. Frames nothing, but every reader of a body asks. */
  contentEncodings: string[] | undefined = undefined
  /** Host lines seen. */
  hosts = 0

  /** Forgets the last head. */
  clear(): void {
    this.contentLength = NO_LENGTH
    this.transferEncoding = undefined
    this.close = false
    this.keepAlive = false
    this.upgradeOption = false
    this.upgrade = undefined
    this.keepAliveTimeout = undefined
    this.contentEncodings = undefined
    this.hosts = 0
  }

  /** Takes one field line. The lengths are those of the names that matter; most lines end at the switch. */
  add(name: string, value: string): void {
    switch (name.length) {
      case 4:
        if (equalsIgnoreCase(name, 'Host')) this.hosts++
        return
      case 7:
        if (equalsIgnoreCase(name, 'Upgrade')) this.upgrade = joined(this.upgrade, value)
        return
      case 10:
        if (equalsIgnoreCase(name, 'Connection')) this.#addOptions(value)
        else if (equalsIgnoreCase(name, 'Keep-Alive')) this.#addTimeout(value)
        return
      case 14:
        if (equalsIgnoreCase(name, 'Content-Length'))
          this.contentLength = combineLengths(this.contentLength, value)
        return
      case 16:
        if (equalsIgnoreCase(name, 'Content-Encoding')) {
          this.contentEncodings ??= []
          this.contentEncodings.push(value)
        }
        return
      case 17:
        if (equalsIgnoreCase(name, 'Transfer-Encoding'))
          this.transferEncoding = joined(this.transferEncoding, value)
        return
      default:
    }
  }

  #addOptions(value: string): void {
    if (equalsIgnoreCase(value, 'keep-alive')) this.keepAlive = true
    else if (equalsIgnoreCase(value, 'close')) this.close = true
    else {
      for (const option of listMembers(value)) {
        if (equalsIgnoreCase(option, 'close')) this.close = true
        else if (equalsIgnoreCase(option, 'keep-alive')) this.keepAlive = true
        else if (equalsIgnoreCase(option, 'upgrade')) this.upgradeOption = true
      }
    }
  }

  // Keep-Alive has no living specification (RFC 2068 §19.7.1.1): junk is ignored, the smallest timeout wins, below zero is zero.
  #addTimeout(value: string): void {
    for (const member of listMembers(value)) {
      if (!equalsIgnoreCase(member.slice(0, 8), 'timeout=')) continue
      const seconds = secondsOf(member.slice(8))
      if (seconds === undefined) continue
      const milliseconds = Math.min(seconds * 1_000, MAX_TIMER_MS)
      if (this.keepAliveTimeout === undefined || milliseconds < this.keepAliveTimeout)
        this.keepAliveTimeout = milliseconds
    }
  }
}

function joined(known: string | undefined, value: string): string {
  return known === undefined ? value : `${known}, ${value}`
}

function secondsOf(text: string): number | undefined {
  const negative = text.charCodeAt(0) === 0x2d
  let seconds = 0
  let index = negative ? 1 : 0
  if (index === text.length) return undefined
  for (; index < text.length; index++) {
    const digit = text.charCodeAt(index) - 0x30
    if (digit < 0 || digit > 9) return undefined
    seconds = Math.min(seconds * 10 + digit, MAX_TIMER_MS)
  }
  return negative ? 0 : seconds
}
