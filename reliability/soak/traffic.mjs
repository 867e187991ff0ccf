// One call of the soak: drawn by lot, sent, and its answer held against what only this request may get.
import { Readable } from 'node:stream'
import { gunzipSync } from 'node:zlib'
import { digestOf, payloadOf } from './payload.mjs'

/** Longer than any call may take: its own total time-out is less than half of it. */
const HUNG_MS = 45_000
const TOTAL_MS = 20_000

/**
 * What a call can be. `idempotent`: to be recovered by retries whatever happens on the way. A body that is streamed is
 * not: once its head is delivered, only its reader could ask again.
 */
const KINDS = [
  { name: 'GET', method: 'GET', path: '/plain', idempotent: true },
  { name: 'HEAD', method: 'HEAD', path: '/plain', idempotent: true },
  { name: 'POST buffer', method: 'POST', path: '/plain', body: 'bytes', idempotent: false },
  { name: 'POST stream', method: 'POST', path: '/plain', body: 'stream', idempotent: false },
  { name: 'PUT', method: 'PUT', path: '/plain', body: 'bytes', idempotent: true },
  { name: 'gzip', method: 'GET', path: '/plain', gzip: true, idempotent: true },
  { name: 'gzip undecoded', method: 'GET', path: '/plain', gzip: true, raw: true, idempotent: true },
  { name: 'chunked', method: 'GET', path: '/chunked', idempotent: true },
  { name: 'chunked stream', method: 'GET', path: '/chunked', stream: true, idempotent: false },
  { name: 'redirect', method: 'GET', path: '/redirect', idempotent: true },
  { name: 'GET dropped', method: 'GET', path: '/plain', drop: true, idempotent: false },
]
const ROUTES = ['http', 'https', 'relay http', 'relay https', 'forward', 'tunnel']

/** Draws a call. */
export function drawCall(random, number) {
  return {
    id: `r${number}`,
    kind: random.pick(KINDS),
    route: random.pick(ROUTES),
    length: random.chance(0.1) ? random.below(400_000) : random.below(8_000),
    sendLength: random.chance(0.1) ? random.below(300_000) : random.below(4_000),
    abortAfter: random.chance(0.04) ? random.below(40) : undefined,
  }
}

function* pieces(bytes) {
  for (let at = 0; at < bytes.length; at += 7_000) yield bytes.subarray(at, at + 7_000)
}

/** Performs a call and returns how it ended: `{ outcome, error?, wrong? }`. Never rejects, never takes for ever. */
export async function perform(call, { manager, urls }) {
  const { kind, id, length, abortAfter, route, sendLength } = call
  const controller = new AbortController()
  const sent = kind.body === undefined ? undefined : payloadOf(`sent by ${id}`, sendLength)
  const url = `${urls[route]}${kind.path}?id=${id}&length=${length}`
  const options = {
    headers: { 'Accept-Encoding': kind.gzip ? 'gzip' : 'identity' },
    timeout: { connect: 3_000, read: 4_000, total: TOTAL_MS },
    signal: controller.signal,
    preloadContent: !(kind.stream || kind.drop),
    decodeContent: !kind.raw,
    proxy: route === 'forward' || route === 'tunnel' ? urls.proxy : false,
    ...(sent !== undefined && { body: kind.body === 'stream' ? Readable.from(pieces(sent)) : sent }),
  }
  let hungTimer
  const hung = new Promise((resolve) => {
    hungTimer = setTimeout(() => resolve({ outcome: 'hung' }), HUNG_MS)
  })
  const abortTimer = abortAfter === undefined ? undefined : setTimeout(() => controller.abort(), abortAfter)
  const ended = exchange(call, manager, url, options, sent).catch((error) => ({ outcome: 'failed', error }))
  const result = await Promise.race([ended, hung])
  clearTimeout(abortTimer)
  clearTimeout(hungTimer)
  const gaveUp = controller.signal.aborted && result.error === controller.signal.reason
  return result.outcome === 'failed' && gaveUp ? { outcome: 'aborted' } : result
}

async function exchange(call, manager, url, options, sent) {
  const { kind } = call
  const response = await manager.request(kind.method, url, options)
  if (response.status !== 200) {
    response.close()
    return { outcome: 'gateway', status: response.status }
  }
  if (kind.drop) {
    response.close()
    return { outcome: 'answered' }
  }
  const bytes = kind.stream ? await read(response) : Buffer.from(await response.bytes())
  return { outcome: 'answered', wrong: compare(call, response, bytes, sent) }
}

async function read(response) {
  const chunks = []
  for await (const chunk of response) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** What is wrong with an answer, or undefined. */
function compare({ kind, id, length }, response, bytes, sent) {
  if (response.headers.get('x-id') !== id) return `answered with id ${response.headers.get('x-id')}`
  const digest = digestOf(sent ?? Buffer.alloc(0))
  if (response.headers.get('x-digest') !== digest) return 'the body that was sent arrived changed'
  if (kind.method === 'HEAD') return bytes.length === 0 ? undefined : 'HEAD was answered with a body'
  const coded = kind.raw && response.headers.get('content-encoding') === 'gzip'
  const plain = coded ? gunzipSync(bytes) : bytes
  const expected = payloadOf(id, length)
  if (plain.equals(expected)) return undefined
  return plain.length === expected.length
    ? 'bytes of another answer'
    : `${plain.length} bytes, not ${expected.length}`
}
