/**
 * How far a download is: one line on a terminal, drawn over itself. The line is pure; the meter only says when to draw.
 */
import type { Output } from './io.js'

/** How far it is. */
export interface Progress {
  /** Bytes that are there, those of an earlier run included. */
  readonly received: number
  /** Bytes there will be; `undefined` when nobody said. */
  readonly total: number | undefined
  /** Bytes per second. */
  readonly rate: number
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** Bytes for people: `1.5 MiB`. */
export function readableBytes(bytes: number): string {
  let amount = bytes
  let unit = 0
  for (; amount >= 1_000 && unit < UNITS.length - 1; unit += 1) amount /= 1_024
  return `${unit === 0 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${UNITS[unit]}`
}

/** Seconds for people: `42 s`, `3 min 5 s`, `2 h 10 min`. */
export function readableSeconds(seconds: number): string {
  const whole = Math.ceil(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`
}

/** The line, at most `columns` wide. */
export function progressLine({ received, total, rate }: Progress, columns: number): string {
  const speed = `${readableBytes(rate)}/s`
  if (total === undefined) return `${readableBytes(received)}, ${speed}`.slice(0, columns)
  const share = total === 0 ? 1 : Math.min(received / total, 1)
  const percent = `${String(Math.floor(share * 100)).padStart(3)} %`
  const left =
    received >= total ? 'done' : rate > 0 ? `${readableSeconds((total - received) / rate)} left` : 'stalled'
  const facts = `${readableBytes(received)} of ${readableBytes(total)}, ${speed}, ${left}`
  const room = Math.min(columns - percent.length - facts.length - 4, 40)
  if (room < 10) return `${percent} ${facts}`.slice(0, columns)
  const full = Math.round(share * room)
  return `${percent} [${'#'.repeat(full)}${'.'.repeat(room - full)}] ${facts}`
}

const REDRAW_MS = 100
/** The rate is that of the last seconds: what it was an hour ago helps nobody. */
const WINDOW_MS = 5_000

/** Counts what comes, and draws it where there is a terminal. */
export class Meter {
  readonly #terminal: Output | undefined
  readonly #now: () => number
  readonly #total: number | undefined
  readonly #already: number
  #received: number
  #samples: { readonly at: number; readonly received: number }[]
  #drawnAt = Number.NEGATIVE_INFINITY

  constructor(terminal: Output | undefined, now: () => number, already: number, total: number | undefined) {
    this.#terminal = terminal
    this.#now = now
    this.#total = total
    this.#already = already
    this.#received = already
    this.#samples = [{ at: now(), received: already }]
  }

  /** Bytes that came since. */
  get received(): number {
    return this.#received - this.#already
  }

  /** So many bytes more. */
  add(bytes: number): void {
    this.#received += bytes
    if (this.#terminal === undefined) return
    const at = this.#now()
    if (at - this.#drawnAt < REDRAW_MS) return
    this.#samples.push({ at, received: this.#received })
    while (this.#samples.length > 2 && at - (this.#samples[0]?.at ?? at) > WINDOW_MS) this.#samples.shift()
    this.#draw(at)
  }

  /** The last line stays. */
  end(): void {
    if (this.#terminal === undefined) return
    this.#draw(this.#now())
    this.#terminal.write('\n')
  }

  #draw(at: number): void {
    this.#drawnAt = at
    const first = this.#samples[0] ?? { at, received: 0 }
    const seconds = Math.max(at - first.at, 1) / 1_000
    const rate = (this.#received - first.received) / seconds
    // A terminal that nobody has given a size says 0.
    const columns = (this.#terminal?.columns || 80) - 1
    const line = progressLine({ received: this.#received, total: this.#total, rate }, columns)
    // What is left of a longer line is erased rather than written over: the cursor stays where the text ends.
    this.#terminal?.write(`\r${line}\u001b[K`)
  }
}
