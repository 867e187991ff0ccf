// Reads `Retry-After` (RFC 9110 §10.2.3): seconds, or a date in one of the three forms of §5.6.7.
//
// Rule: what cannot be read is ignored, as if the field were empty; it never fails a call. A date without a zone is in UTC,
// whatever the local time zone. A date that has passed means now. The wall clock is asked, because a date is wall time.
//
// Neighbours: pause.ts decides what to do with the wait. Must not know: caps and policies.

const SECONDS = /^[0-9]+$/
const ZONE = '(?:GMT|UTC?|Z|[+-]\\d{4})'
const IMF_FIXDATE = new RegExp(
  `^[A-Za-z]{3}, (\\d{1,2}) ([A-Za-z]{3}) (\\d{4}) (\\d\\d):(\\d\\d):(\\d\\d)(?: (${ZONE}))?$`,
)
const RFC_850 = new RegExp(
  `^[A-Za-z]{6,9}, (\\d{1,2})-([A-Za-z]{3})-(\\d\\d) (\\d\\d):(\\d\\d):(\\d\\d)(?: (${ZONE}))?$`,
)
const ASCTIME = /^[A-Za-z]{3} ([A-Za-z]{3}) ([ \d]\d) (\d\d):(\d\d):(\d\d) (\d{4})$/
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/**
 * The wait that a field value asks for, in milliseconds; undefined when it cannot be read.
 *
 * @param value one line of the field
 * @param wallNow milliseconds since the epoch
 * @example parseRetryAfter('120', Date.now()) // 120_000
 */
export function parseRetryAfter(value: string, wallNow: number): number | undefined {
  const text = value.trim()
  if (SECONDS.test(text)) return Number(text) * 1000
  // No date is longer, and no expression above looks further than a date.
  if (text.length > 40) return undefined
  const date = parseHttpDate(text, wallNow)
  return date === undefined ? undefined : Math.max(0, date - wallNow)
}

/**
 * The longest wait that the lines of a field ask for, in milliseconds; undefined when there is none that can be read.
 * A server that names two waits is not asked before the later one.
 */
export function longestRetryAfter(lines: readonly string[], wallNow: number): number | undefined {
  let longest: number | undefined
  for (const line of lines) {
    const wait = parseRetryAfter(line, wallNow)
    if (wait !== undefined && (longest === undefined || wait > longest)) longest = wait
  }
  return longest
}

function parseHttpDate(text: string, wallNow: number): number | undefined {
  const fixed = IMF_FIXDATE.exec(text)
  if (fixed !== null) {
    const [, day, month, year, hour, minute, second, zone] = fixed
    return instant(Number(year), month, day, [hour, minute, second], zone)
  }
  const old = RFC_850.exec(text)
  if (old !== null) {
    const [, day, month, year, hour, minute, second, zone] = old
    return instant(fullYear(Number(year), wallNow), month, day, [hour, minute, second], zone)
  }
  const plain = ASCTIME.exec(text)
  if (plain === null) return undefined
  const [, month, day, hour, minute, second, year] = plain
  return instant(Number(year), month, day, [hour, minute, second], undefined)
}

// RFC 9110 §5.6.7: a two-digit year that seems to be more than 50 years ahead is the latest one in the past.
function fullYear(twoDigits: number, wallNow: number): number {
  const thisYear = new Date(wallNow).getUTCFullYear()
  const year = thisYear - (thisYear % 100) + twoDigits
  return year > thisYear + 50 ? year - 100 : year
}

function instant(
  year: number,
  monthName: string | undefined,
  day: string | undefined,
  time: readonly (string | undefined)[],
  zone: string | undefined,
): number | undefined {
  const month = MONTHS.indexOf((monthName ?? '').toLowerCase())
  const [hour = 0, minute = 0, second = 0] = time.map(Number)
  // 60 is a leap second.
  if (month < 0 || hour > 23 || minute > 59 || second > 60) return undefined
  const date = Number(day)
  const midnight = Date.UTC(year, month, date)
  if (new Date(midnight).getUTCDate() !== date) return undefined
  return midnight + ((hour * 60 + minute - offsetMinutes(zone)) * 60 + second) * 1000
}

function offsetMinutes(zone: string | undefined): number {
  if (zone === undefined || !/^[+-]/.test(zone)) return 0
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3))
  return zone.startsWith('-') ? -minutes : minutes
}
