/**
 * What a process holds at one moment, as named numbers: everything that must be back where it was once a client is
 * closed. Reading has no effect. Neighbour: track-leaks.ts, which compares two readings.
 */
import { getEventListeners } from 'node:events'
import { readdirSync, readlinkSync } from 'node:fs'

/** Gauge name → value. */
export type Gauges = ReadonlyMap<string, number>

/** Kinds that come and go by themselves, or belong to the runner. */
const IGNORED = new Set(['Immediate', 'TickObject', 'MessagePort', 'CloseReq', 'TTYWrap', 'Timeout'])

function countInto(gauges: Map<string, number>, name: string): void {
  gauges.set(name, (gauges.get(name) ?? 0) + 1)
}

/** Sockets among the open file descriptors; `undefined` where there is no /proc. */
function openSockets(): number | undefined {
  let count = 0
  try {
    for (const fd of readdirSync('/proc/self/fd')) if (isSocket(`/proc/self/fd/${fd}`)) count += 1
    return count
  } catch {
    return undefined
  }
}

function isSocket(path: string): boolean {
  try {
    return readlinkSync(path).startsWith('socket:')
  } catch {
    return false // closed meanwhile; the directory's own descriptor is one of these
  }
}

/** Reads everything that can be read without cooperation. */
export function readGauges(signals: readonly AbortSignal[]): Gauges {
  const gauges = new Map<string, number>()
  for (const kind of process.getActiveResourcesInfo()) if (!IGNORED.has(kind)) countInto(gauges, kind)
  const sockets = openSockets()
  if (sockets !== undefined) gauges.set('open sockets', sockets)
  signals.forEach((signal, index) => {
    gauges.set(`abort listeners on signal ${index}`, getEventListeners(signal, 'abort').length)
  })
  return gauges
}
