/**
 * Public-key pins: which apply to a host, and whether a certificate's key is among them.
 *
 * Only the server's own key is looked at. The chain that Node shows is the one the server sent, which an attacker with
 * any trusted certificate may fill with the very CA that was pinned, so a pinned CA would prove nothing. RFC 7469 §2.6
 * asks for the validated chain, which Node does not give.
 */
import { timingSafeEqual } from 'node:crypto'
import { OptionsError, Origin } from '@rockpool/core/plugin'
import type { Pins } from './options.js'

/** The pins of one host pattern. */
export type PinSet = readonly Buffer[]

/** The `pins` option, read. */
export interface PinRules {
  readonly reportOnly: boolean
  readonly exact: ReadonlyMap<string, PinSet>
  /** By parent domain, without the `*.`. */
  readonly below: ReadonlyMap<string, PinSet>
  readonly everyHost: PinSet | undefined
}

const PIN = /^sha256\/[A-Za-z0-9+/]{43}=$/
const SHA256_BYTES = 32

/**
 * Reads the `pins` option.
 *
 * @throws {OptionsError} a pin is not `sha256/` and 44 base64 characters, a pattern is no host or the same host as another,
 * a list is empty
 */
export function parsePins(option: Pins | undefined): PinRules | undefined {
  if (option === undefined) return undefined
  if (typeof option === 'string' || Array.isArray(option)) {
    const everyHost = parseSet(option as string | readonly string[], 'pins')
    return { reportOnly: false, exact: new Map(), below: new Map(), everyHost }
  }
  const exact = new Map<string, PinSet>()
  const below = new Map<string, PinSet>()
  let everyHost: PinSet | undefined
  let reportOnly = false
  for (const [pattern, value] of Object.entries(option)) {
    const path = `pins.${pattern}`
    if (pattern === 'reportOnly') {
      if (value !== undefined && typeof value !== 'boolean') throw refusal(path, 'is true or false')
      reportOnly = value === true
      continue
    }
    if (typeof value === 'boolean' || value === undefined) throw refusal(path, 'lists no pin')
    const pins = parseSet(value, path)
    if (pattern === '*') everyHost = pins
    else if (pattern.startsWith('*.')) setOnce(below, domainOf(pattern.slice(2), path), pins, path)
    else setOnce(exact, hostOf(pattern, path).serverName, pins, path)
  }
  if (exact.size === 0 && below.size === 0 && everyHost === undefined) throw refusal('pins', 'lists no pin')
  return { reportOnly, exact, below, everyHost }
}

/** The pins that apply to `host` (normalised): the exact name's, else the nearest `*.` domain's, else those of `*`. */
export function pinsFor(rules: PinRules, host: string): PinSet | undefined {
  const exact = rules.exact.get(host)
  if (exact !== undefined) return exact
  if (rules.below.size > 0) {
    for (let dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1)) {
      const pins = rules.below.get(host.slice(dot + 1))
      if (pins !== undefined) return pins
    }
  }
  return rules.everyHost
}

/** Whether `spkiPin` (`sha256/…`) is among `pins`. Compared in constant time. */
export function matchesPin(spkiPin: string, pins: PinSet): boolean {
  const digest = Buffer.from(spkiPin.slice('sha256/'.length), 'base64')
  return pins.some((pin) => timingSafeEqual(pin, digest))
}

/** The pins in the notation of the option. */
export function showPins(pins: PinSet): string {
  return pins.map((pin) => `sha256/${pin.toString('base64')}`).join(', ')
}

function parseSet(value: string | readonly string[], path: string): PinSet {
  const texts = typeof value === 'string' ? [value] : value
  if (texts.length === 0) throw refusal(path, 'lists no pin')
  return texts.map((pin) => {
    if (pin === '') throw refusal(path, 'has an empty pin; leave it out to demand none')
    const digest = PIN.test(pin) ? Buffer.from(pin.slice('sha256/'.length), 'base64') : undefined
    // A last character with spare bits set would be a second spelling of the same pin, or a typing error.
    if (digest?.length !== SHA256_BYTES || `sha256/${digest.toString('base64')}` !== pin) {
      throw refusal(path, 'has a pin that is not "sha256/" and the base64 of 32 bytes (44 characters)')
    }
    return digest
  })
}

/** Two spellings of one host: the pins of one of them would be lost without a word. */
function setOnce(sets: Map<string, PinSet>, name: string, pins: PinSet, path: string): void {
  if (sets.has(name)) throw refusal(path, `names ${name} a second time`)
  sets.set(name, pins)
}

/** There is nothing below an address: such pins would never apply. */
function domainOf(pattern: string, path: string): string {
  const { serverName, isIp } = hostOf(pattern, path)
  if (isIp) throw refusal(path, 'has "*." before an address, not a domain')
  return serverName
}

function hostOf(pattern: string, path: string): Origin {
  try {
    return Origin.of('https', pattern)
  } catch (cause) {
    throw new OptionsError('the name pins are for is not a host name, "*." and a domain, or "*"', {
      path,
      cause,
    })
  }
}

function refusal(path: string, problem: string): OptionsError {
  return new OptionsError(`the option ${problem}`, { path })
}
