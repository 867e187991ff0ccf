// Many calls over few connections: `npm run build` first, then `node examples/concurrency/main.mjs`.
//
// With `block: true` a pool never has more than `maxSize` connections. Whoever finds none waits in line, first come,
// first served, so an origin sees a steady load however many calls are made at once. A line has an end, too: a wait
// is bounded by `poolTimeout`, its length by `maxQueue`, and a signal leaves it at any time.
import { connectionFromUrl, EmptyPoolError, QueueFullError } from '@rockpool/core'
import { startOrigin } from './origin.mjs'

const origin = await startOrigin()

async function withPool(options, use) {
  const pool = connectionFromUrl(origin.url, { block: true, ...options })
  try {
    await use(pool)
  } finally {
    await pool.close()
  }
}

try {
  await withPool({ maxSize: 3 }, boundedLoad)
  await withPool({ maxSize: 1 }, fairness)
  await withPool({ maxSize: 1, poolTimeout: 20 }, boundedWait)
  await withPool({ maxSize: 1, maxQueue: 2 }, boundedLine)
  await withPool({ maxSize: 1 }, leavingTheLine)
  await withPool({ maxSize: 1 }, streamsHoldTheirPlace)
} finally {
  origin.close()
}

async function boundedLoad(pool) {
  const calls = Array.from({ length: 30 }, (_, number) => pool.request('GET', `/three/${number}`))
  const { dialing, waiters } = pool.inspect().pools[0]
  console.log(`30 calls: ${dialing} connections are being opened, ${waiters.length} calls in line`)
  const answers = await Promise.all(calls)
  console.log(`  ${answers.length} answers over ${pool.numConnections} connections`)
  console.log(`  the origin never saw more than ${origin.mostAtOnce()} at once`)
}

async function fairness(pool) {
  const before = origin.arrived.length
  await Promise.all(['/first', '/second', '/third', '/fourth'].map((path) => pool.request('GET', path)))
  console.log(`in the order of the calls: ${origin.arrived.slice(before).join(' ')}`)
}

// `poolTimeout` is about the line alone: it says that the pool is too small or the origin too slow, and it is never
// retried, because trying again would only make the line longer.
async function boundedWait(pool) {
  const holder = pool.request('GET', '/held/wait')
  try {
    await pool.request('GET', '/too-late')
  } catch (error) {
    if (!(error instanceof EmptyPoolError)) throw error
    console.log(`a wait that is too long: ${error.code}, sent: ${error.sent}`)
  }
  await origin.answer('/held/wait')
  await holder
}

// Better to refuse at once than to promise what cannot be kept: a server in front of this pool would answer 503.
async function boundedLine(pool) {
  const calls = ['/held/line', '/a', '/b', '/one-too-many'].map((path) => pool.request('GET', path))
  const settled = Promise.allSettled(calls)
  await origin.answer('/held/line')
  for (const { reason, value } of await settled) {
    if (reason !== undefined && !(reason instanceof QueueFullError)) throw reason
    console.log(`a line that is full: ${reason?.code ?? value.status}`)
  }
}

async function leavingTheLine(pool) {
  const holder = pool.request('GET', '/held/signal')
  const controller = new AbortController()
  const impatient = pool.request('GET', '/impatient', { signal: controller.signal })
  const patient = pool.request('GET', '/patient')
  controller.abort(new Error('no longer needed'))
  const [outcome] = await Promise.allSettled([impatient])
  await origin.answer('/held/signal')
  await holder
  console.log(`aborted in line: ${outcome.reason.message}; the next one: ${(await patient).status}`)
}

// A streamed response holds its connection until its body has ended or is let go of. Forget that, and the pool looks
// like a leak: so read it, or close it.
async function streamsHoldTheirPlace(pool) {
  const streamed = await pool.request('GET', '/held/stream', { preloadContent: false })
  const next = pool.request('GET', '/next')
  console.log(`a stream that nobody reads: ${pool.inspect().waiters.length} call in line`)
  await origin.answer('/held/stream')
  await streamed.drain() // or streamed.close(), which costs the connection
  console.log(`  drained: ${(await next).status}, over ${pool.numConnections} connection`)
}
