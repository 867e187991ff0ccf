// `npm run soak`: ten minutes of mixed traffic over nginx, squid and breaking relays, while all of them are killed and
// started again. Every call must end, with the answer that is its own or with an error that is documented.
//   npm run soak -- --minutes 1 | --seconds 45 | --seed 7 | --workers 16
// The draws follow the seed; what the network makes of them does not, so a seed repeats the weather, not the drops.
import { parseArgs } from 'node:util'
import { certificates, faultRelay } from '@rockpool/testkit'
import { PoolManager } from 'rockpool'
import { randomOf } from '../random.mjs'
import { writeResult } from '../results.mjs'
import { faultsByLot, makeTrouble } from './chaos.mjs'
import { compareGauges, readGauges } from './gauges.mjs'
import { Ledger } from './ledger.mjs'
import { startServers } from './servers.mjs'
import { drawCall, perform } from './traffic.mjs'

const text = { type: 'string' }
const { values } = parseArgs({ options: { minutes: text, seconds: text, seed: text, workers: text } })
const seconds = values.seconds !== undefined ? Number(values.seconds) : Number(values.minutes ?? 10) * 60
const seed = values.seed !== undefined ? Number(values.seed) : Math.floor(Math.random() * 2 ** 31)
const workers = Number(values.workers ?? 16)
const MOST_LOST = 0.001
const MOST_HEAP_GROWTH = 8 * 1_048_576

const say = (line) => process.stdout.write(`${line}\n`)
const ledger = new Ledger()
const events = {}
process.on('warning', (warning) => ledger.fail(`warning: ${warning.stack}`))
process.on('unhandledRejection', (reason) => ledger.fail(`unhandled rejection: ${reason?.stack ?? reason}`))

function newManager({ ca, ports }) {
  return new PoolManager({
    maxSize: 8,
    block: true,
    caCertData: ca,
    // Used by the calls that name it; the others say that they want none.
    proxy: `http://127.0.0.1:${ports.squid}`,
    retries: {
      total: 12,
      backoffFactor: 50,
      backoffMax: 1_500,
      backoffJitter: 100,
      statusForcelist: [502, 503, 504],
      budget: false,
    },
  })
}

/** All traffic for `durationMs`. */
async function traffic({ servers, relays, urls }, random, durationMs, numbers) {
  let current = newManager(servers)
  const closed = new WeakSet()
  const renewPools = () => {
    const old = current
    current = newManager(servers)
    closed.add(old)
    return old.close({ graceMs: 3_000 })
  }
  const end = performance.now() + durationMs
  const stop = new AbortController()
  const count = (name) => {
    events[name] = (events[name] ?? 0) + 1
  }
  const { signal } = stop
  const trouble = makeTrouble({ random: random.fork('chaos'), servers, relays, renewPools, count, signal })
  const worker = async (index) => {
    const draws = random.fork(`worker ${index}`)
    while (performance.now() < end) {
      const call = drawCall(draws, numbers.next++)
      const manager = current
      const result = await perform(call, { manager, urls })
      ledger.book(call, result, closed.has(manager))
    }
  }
  await Promise.all(Array.from({ length: workers }, (_, index) => worker(index)))
  stop.abort()
  await trouble
  await current.close({ graceMs: 3_000 })
}

async function soak(servers) {
  const random = randomOf(seed)
  const lots = random.fork('relays')
  const { ports } = servers
  const plain = await faultRelay({ port: ports.http }, () => faultsByLot(lots, false))
  const secured = await faultRelay({ port: ports.https }, () => faultsByLot(lots, true))
  const urls = {
    http: `http://127.0.0.1:${ports.http}`,
    https: `https://127.0.0.1:${ports.https}`,
    'relay http': `http://127.0.0.1:${plain.port}`,
    'relay https': `https://127.0.0.1:${secured.port}`,
    forward: `http://127.0.0.1:${ports.http}`,
    tunnel: `https://127.0.0.1:${ports.https}`,
    proxy: `http://127.0.0.1:${ports.squid}`,
  }
  const scene = { servers, relays: [plain, secured], urls }
  const numbers = { next: 0 }
  // The first part warms up: what is made once is there when the heap is read.
  await traffic(scene, random.fork('warm-up'), seconds * 200, numbers)
  const warm = readGauges()
  await traffic(scene, random.fork('run'), seconds * 800, numbers)
  const struck = { ...plain.struck }
  for (const [kind, times] of Object.entries(secured.struck)) struck[kind] = (struck[kind] ?? 0) + times
  await Promise.all([plain.close(), secured.close()])
  return { warm, struck }
}

// Certificates leave files behind that are removed at exit: a listener that stays.
certificates.leaf()
const cold = readGauges()
const servers = await startServers()
if (servers.missing !== undefined) {
  say(`soak: not run, these programs are missing: ${servers.missing.join(', ')}`)
  process.exit(process.env.CI === 'true' ? 1 : 0)
}
say(`soak: ${seconds} s, ${workers} workers, seed ${seed}`)
let facts
try {
  facts = await soak(servers)
  ledger.auditPosts(servers.log)
} finally {
  await servers.stop()
}
// A closed socket takes a few turns to go.
await new Promise((resolve) => setTimeout(resolve, 500))
const after = readGauges()
for (const more of compareGauges(cold, after)) ledger.fail(`left over: ${more}`)
const growth = after.heapBytes - facts.warm.heapBytes
if (growth > MOST_HEAP_GROWTH) ledger.fail(`the heap grew by ${growth} bytes after the warm-up`)
const { calls, recovered } = ledger.idempotent
// Of a few hundred calls not one may be lost.
if (calls - recovered > calls * MOST_LOST) {
  ledger.fail(
    `${calls - recovered} of ${calls} idempotent calls were lost; the last: ${ledger.lost.slice(-4).join(' | ')}`,
  )
}
const result = writeResult('soak', {
  command: `npm run soak -- --seconds ${seconds} --seed ${seed} --workers ${workers}`,
  counts: {
    seconds,
    ...ledger.counts,
    idempotent: calls,
    idempotentRecovered: recovered,
    heapGrowthBytes: growth,
  },
  failures: ledger.failures,
  seed,
  events,
  faults: facts.struck,
  errors: ledger.byError,
  kinds: ledger.byKind,
  lost: ledger.lost,
  gauges: { cold, warm: facts.warm, after },
  servers: servers.versions,
})
say(JSON.stringify({ counts: result.counts, events, faults: result.faults, errors: result.errors }, null, 2))
for (const failure of result.failures) say(`FAILED: ${failure}`)
say(result.ok ? 'soak: all held' : `soak: ${result.failures.length} things did not hold (seed ${seed})`)
process.exit(result.ok ? 0 : 1)
