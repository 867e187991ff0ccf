// One client in one process. The runner tells it to open the client, to run rounds, to close; it answers with counts, CPU
// time, latencies and memory. Between rounds it does nothing, so clients measured in turn do not disturb each other.
//
// A client module exports `open(setup)` and gives back one of
//   { once(lane): Promise<unknown>, close() }      what a caller of the library would await
//   { start(lane, done), close() }                 callbacks, for what has no promise (bare sockets, dispatch)
// where `lane` is 0 … connections-1 and each lane has one request under way at a time.
import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'

const MOST_SAMPLES = 1_000_000
let client
let lanes = 1

/** Remembers latencies in milliseconds; when more come than it holds, every n-th is kept. */
function sampler() {
  const samples = new Float64Array(MOST_SAMPLES)
  let count = 0
  return {
    add(value) {
      samples[count % MOST_SAMPLES] = value
      count += 1
    },
    read() {
      const kept = samples.subarray(0, Math.min(count, MOST_SAMPLES)).slice().sort()
      const at = (share) => kept[Math.min(kept.length - 1, Math.floor(kept.length * share))] ?? Number.NaN
      return { count, p50: at(0.5), p99: at(0.99) }
    },
  }
}

/** A slow-down that a check is tried with: so many microseconds of computing per call. */
const plantedMs = Number(process.env.ROCKPOOL_BENCH_PLANT ?? 0) / 1000

function burn() {
  const until = performance.now() + plantedMs
  while (performance.now() < until);
}

async function awaitedLane(lane, more, samples) {
  let began = performance.now()
  while (more(began)) {
    if (plantedMs > 0) burn()
    await client.once(lane)
    const ended = performance.now()
    samples.add(ended - began)
    began = ended
  }
}

const calledLane = (lane, more, samples) =>
  new Promise((finished, failed) => {
    let began = performance.now()
    const done = (error) => {
      if (error) return failed(error)
      const ended = performance.now()
      samples.add(ended - began)
      began = ended
      if (more(ended)) client.start(lane, done)
      else finished()
    }
    if (more(began)) client.start(lane, done)
    else finished()
  })

/** Asking for the CPU time costs a system call, so not every call asks. */
const CALLS_BETWEEN = 16

/** How many times its time a round may take to compute for as long as it should. */
const MOST_TIMES = 4

/**
 * Whether a lane goes on: until `count` calls are made; or until `ms` are over and the process has computed for `leastCpuMs`, or
 * for `cpuMs` if that comes first. On a busy machine a round of so many milliseconds may hold next to no work; so it may
 * take `MOST_TIMES` as long. Every lane makes one call at least.
 */
function until({ ms, cpuMs, leastCpuMs, count }) {
  if (count !== undefined) {
    let left = count
    return () => left-- > 0
  }
  let calls = -lanes
  const began = process.cpuUsage()
  const computed = () => {
    const { user, system } = process.cpuUsage(began)
    return (user + system) / 1000
  }
  const start = performance.now()
  const [due, end] = [start + ms, start + (leastCpuMs === undefined ? ms : ms * MOST_TIMES)]
  return (now) => {
    calls += 1
    if (calls <= 0) return true
    if (now >= end) return false
    if (now >= due) return computed() < leastCpuMs
    return cpuMs === undefined || calls % CALLS_BETWEEN > 0 || computed() < cpuMs
  }
}

async function round(extent) {
  const samples = sampler()
  if (extent.collect !== false) globalThis.gc?.()
  const heap = process.memoryUsage().heapUsed
  const cpu = process.cpuUsage()
  const began = performance.now()
  const lane = client.start === undefined ? awaitedLane : calledLane
  const more = until(extent)
  await Promise.all(Array.from({ length: lanes }, (_, index) => lane(index, more, samples)))
  const elapsed = performance.now() - began
  const { user, system } = process.cpuUsage(cpu)
  const { count, p50, p99 } = samples.read()
  const { maxRSS } = process.resourceUsage()
  return {
    count,
    elapsed,
    rate: (count / elapsed) * 1000,
    cpu: (user + system) / count,
    p50,
    p99,
    rss: maxRSS / 1024,
    heap,
  }
}

const commands = {
  async open({ module, setup }) {
    const { open } = await import(module)
    lanes = setup.connections
    client = await open(setup)
    return { version: client.version }
  },
  run: (extent) => round(extent),
  /** Bytes of JS heap with every connection open and idle, garbage collected. */
  async heap() {
    await delay(20)
    globalThis.gc?.()
    await delay(0) // weak references that were looked at are let go of with the turn
    globalThis.gc?.()
    return { heap: process.memoryUsage().heapUsed, held: client.held?.() }
  },
  async close() {
    await client?.close?.()
    setImmediate(() => process.disconnect())
  },
}

process.on('message', async (message) => {
  try {
    process.send({ result: (await commands[message.command](message)) ?? {} })
  } catch (error) {
    process.send({
      error: `${error?.stack ?? error}${error?.cause ? `\ncaused by ${error.cause.stack}` : ''}`,
    })
  }
})
process.on('disconnect', () => process.exit(0))
