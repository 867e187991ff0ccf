// A million requests under a heap check: the heap after collection may not grow with the number of requests, and what the
// process holds at rest (timers, sockets, listeners) may not depend on it at all.
//
// Growth is the slope of a line through the heap after each slice (Theil and Sen: the median of the slopes between all
// pairs, which one late compilation or one enlarged table cannot tilt). The first slices, in which code is compiled and
// tables get their size, are left out. A leak of
// one small object per hundred requests shows as half a byte per request.
import { startClient } from './process.mjs'
import { setupOf } from './setup.mjs'
import { median } from './statistics.mjs'

const SLICES = 20
const SETTLING = 5

/** Bytes per request that count as none: over few requests one late compilation weighs more. */
const noGrowth = (requests) => (requests >= 500_000 ? 0.5 : 8)

export const heapRow = {
  name: 'heap',
  title: 'requests of every kind, everything installed: heap, timers, sockets, listeners',
  heap: true,
  work: 'get',
  server: 'http',
  path: '/small',
  connections: 16,
  requests: 1_000_000,
  client: 'rockpool-everything',
}

/** Bytes of heap per request along `marks` (`{ requests, heap }`). */
function slopeOf(marks) {
  const slopes = []
  for (const [index, later] of marks.entries()) {
    for (const earlier of marks.slice(0, index))
      slopes.push((later.heap - earlier.heap) / (later.requests - earlier.requests))
  }
  return median(slopes)
}

/** Nothing held at rest may be more at the end than after the first slice; timers and sockets are bound by connections too. */
function countsOf(row, before, after) {
  const fixed = { timers: 2 * row.connections + 8, 'open sockets': row.connections }
  return Object.keys(after).map((what) => ({
    what,
    before: before[what],
    after: after[what],
    allowed: Math.min(fixed[what] ?? Number.POSITIVE_INFINITY, before[what]),
  }))
}

async function slices(started, requests) {
  const each = Math.ceil(requests / SLICES)
  const marks = []
  let held
  for (let slice = 1; slice <= SLICES; slice++) {
    await started.runCount(each)
    const now = await started.heap()
    held ??= now.held
    marks.push({ requests: slice * each, heap: now.heap })
    if (slice === SLICES) return { marks, before: held, after: now.held }
  }
}

/** Measures `heapRow`: a million requests, or fewer as `pace.requests` says. */
export async function runHeap(row, servers, { place, pace }) {
  const requests = pace.requests ?? row.requests
  const started = await startClient(row.client, setupOf(row, servers), place)
  try {
    const { marks, before, after } = await slices(started, requests)
    const settled = marks.slice(SETTLING)
    const value = slopeOf(settled)
    const atMost = noGrowth(requests)
    const counts = countsOf(row, before, after)
    const excess = counts.filter(({ after: now, allowed }) => now > allowed)
    const common = { client: row.client, spread: 0, error: 0 }
    return {
      kind: 'heap',
      name: row.name,
      title: `${requests} ${row.title}`,
      marks,
      counts,
      clients: [],
      targets: [
        {
          ...common,
          measure: 'heapGrowth',
          atMost,
          value,
          by: 'bytes of heap per request, after collection',
          verdict: value <= atMost ? 'met' : 'missed',
        },
        {
          ...common,
          measure: 'heldMore',
          atMost: 0,
          value: excess.length,
          by: excess.map(({ what }) => what).join(', ') || 'timers, sockets and listeners at rest',
          verdict: excess.length === 0 ? 'met' : 'missed',
        },
      ],
      missing: [],
    }
  } finally {
    await started.close()
  }
}
