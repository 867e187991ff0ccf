// What this process holds, to be read before and after: everything must be back. Heap is read after two collections.
import { readdirSync, readlinkSync } from 'node:fs'

// Both are made when they are first used; a pipe to whoever listens would then be one handle more than before.
void process.stdout
void process.stderr

const IGNORED = new Set([
  'Immediate',
  'TickObject',
  'CloseReq',
  'TTYWrap',
  'Timeout',
  'FSReqPromise',
  'FSReqCallback',
])

function countKinds(kinds) {
  const counts = {}
  for (const kind of kinds) if (!IGNORED.has(kind)) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

/** Sockets among the open descriptors; undefined where there is no /proc. */
function openSockets() {
  try {
    return readdirSync('/proc/self/fd').filter((fd) => isSocket(`/proc/self/fd/${fd}`)).length
  } catch {
    return undefined
  }
}

function isSocket(path) {
  try {
    return readlinkSync(path).startsWith('socket:')
  } catch {
    return false // the directory's own descriptor
  }
}

/** A reading. */
export function readGauges() {
  globalThis.gc?.()
  globalThis.gc?.()
  const active = process.getActiveResourcesInfo()
  return {
    resources: countKinds(active),
    timers: active.filter((kind) => kind === 'Timeout').length,
    sockets: openSockets(),
    processListeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
    heapBytes: process.memoryUsage().heapUsed,
  }
}

/** What there is more of than before, one text each. */
export function compareGauges(before, after) {
  const more = []
  const check = (name, was = 0, is = 0) => {
    if (is > was) more.push(`${name}: ${was} before, ${is} after`)
  }
  for (const kind of Object.keys(after.resources)) check(kind, before.resources[kind], after.resources[kind])
  for (const name of ['timers', 'sockets', 'processListeners']) check(name, before[name], after[name])
  return more
}
