// What is measured alone: the pure parts that every request passes through. Each subject is a function that prepares and
// gives back `run(count)`; `bytes` says how much one run handles, for those that are told in MB/s. What `run` returns keeps
// the work from being optimised away.
// The modules as the build leaves them before they are bundled: what is measured here is nobody's public interface.
const built = (file) => import(new URL(`../../packages/core/build/${file}`, import.meta.url).href)

const HEAD =
  'HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Tue, 24 Nov 2026 02:07:37 GMT\r\nContent-Type: text/plain\r\nContent-Length: 12\r\n' +
  'Last-Modified: Tue, 24 Nov 2026 02:00:00 GMT\r\nConnection: keep-alive\r\nETag: "65a0-12"\r\n\r\nhello world\n'

function countingSink() {
  const sink = {
    seen: 0,
    onInformational() {},
    onHead(head) {
      sink.seen += head.status
    },
    onBody(_chunk, start, end) {
      sink.seen += end - start
    },
    onEnd() {},
    onSwitch() {},
  }
  return sink
}

/** Receives `text` again and again, as a socket delivers it: at the front of a 64 KiB buffer that is lent. */
async function receiving(text) {
  const [{ ClientCodec }, { DEFAULT_LIMITS }] = [
    await built('codec/codec.js'),
    await built('ground/limits.js'),
  ]
  const buffer = Buffer.alloc(Math.max(65_536, text.length))
  const end = buffer.write(text, 'latin1')
  const sink = countingSink()
  const codec = new ClientCodec(sink, DEFAULT_LIMITS)
  return (count) => {
    for (let i = 0; i < count; i++) {
      codec.begin('GET')
      for (let at = 0; at < end; at += 65_536) codec.receive(buffer, at, Math.min(end, at + 65_536))
      codec.reset()
    }
    return sink.seen
  }
}

function chunkedAnswer(chunkBytes, total) {
  const chunk = `${chunkBytes.toString(16)}\r\n${'x'.repeat(chunkBytes)}\r\n`
  return `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(total / chunkBytes)}0\r\n\r\n`
}

async function writingHeads() {
  const { writeRequestHead } = await built('codec/codec.js')
  const lines = 'Host: example.com\r\nAccept-Encoding: gzip\r\nUser-Agent: bench\r\n'
  let seen = 0
  return (count) => {
    for (let i = 0; i < count; i++)
      seen += writeRequestHead('GET', '/path/to/a/resource?with=query', lines).length
    return seen
  }
}

/** Views in no order that a compiler or a branch predictor could learn. */
function variedViews() {
  let seed = 1
  const random = (below) => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % below
  }
  return Array.from({ length: 1024 }, () => ({
    waiting: random(3),
    wantsUnused: random(8) === 0,
    idle: random(4),
    nextIsUsed: random(4) > 0,
    nextIsExpired: random(16) === 0,
    nextIsWatched: random(8) > 0,
    open: random(12),
    dialing: random(2),
    maxSize: 10,
    block: random(2) === 0,
  }))
}

async function assigning() {
  const { assign } = await built('pool/assign.js')
  const views = variedViews()
  let next = 0
  let reused = 0
  return (count) => {
    for (let i = 0; i < count; i++) {
      next = (next + 1) & 1023
      if (assign(views[next]) === 'reuse') reused += 1
    }
    return reused
  }
}

/** Pools of a manager, asked for in turn, so that each is looked up. */
async function lookingUp(origins) {
  const { Pools } = await built('pool/pools.js')
  const { Origin } = await built('ground/origin.js')
  const pools = new Pools(origins, (origin, partition, forward) => ({ origin, partition, forward }))
  const keys = Array.from({ length: origins }, (_, i) => new Origin('http', `o${i}.test`, 80))
  let next = 0
  let seen = 0
  return (count) => {
    for (let i = 0; i < count; i++) {
      next = next + 1 < origins ? next + 1 : 0
      seen += pools.get(keys[next], '', undefined).partition.length + 1
    }
    return seen
  }
}

async function headerMap() {
  const { HTTPHeaders } = await built('index.js')
  const lines = HEAD.split('\r\n')
    .slice(1, 8)
    .map((line) => line.split(': '))
  let seen = 0
  return (count) => {
    for (let i = 0; i < count; i++) {
      const headers = new HTTPHeaders(lines)
      headers.set('X-Request', 'a')
      seen += headers.get('content-type').length + (headers.has('etag') ? 1 : 0)
    }
    return seen
  }
}

async function checkingOptions() {
  const { RequestOptionsReader } = await built('client/request-options.js')
  const { resolveManagerOptions } = await built('client/pool-options.js')
  const reader = new RequestOptionsReader([], resolveManagerOptions(undefined).settings)
  const options = { preloadContent: false, timeout: { read: 5_000 }, decodeContent: false }
  let seen = 0
  return (count) => {
    for (let i = 0; i < count; i++) seen += reader.resolve(reader.parse(options)).readTimeout
    return seen
  }
}

async function callingHooks() {
  const { Hooks } = await built('hooks/hooks.js')
  const hooks = new Hooks()
  let seen = 0
  for (const name of ['a', 'b', 'c'])
    hooks.tapOnly(name).onRequest.tap({ name }, () => {
      seen += 1
    })
  hooks.freeze()
  const context = {}
  const done = () => {
    seen += 1
  }
  return (count) => {
    for (let i = 0; i < count; i++) hooks.onRequest.call(context, done)
    return seen
  }
}

async function parsingUrls(urls) {
  const { parseUrl } = await built('plugin.js')
  let next = 0
  let seen = 0
  return (count) => {
    for (let i = 0; i < count; i++) {
      next = next + 1 < urls.length ? next + 1 : 0
      seen += parseUrl(urls[next]).target.length
    }
    return seen
  }
}

const paths = Array.from({ length: 64 }, (_, i) => `http://example.com:8080/items/${i}?page=${i}&sort=name`)
const origins = Array.from({ length: 4096 }, (_, i) => `https://host-${i}.example.com/items/${i}`)
const MIB = 1_048_576

/**
 * By name. `bytes` is what one run handles; `tolerance` replaces the usual one, where the data does not fit into the caches that
 * neighbours use too.
 */
export const subjects = {
  'response head, 7 lines': { prepare: () => receiving(HEAD) },
  'chunked, 16 KiB chunks': { prepare: () => receiving(chunkedAnswer(16_384, MIB)), bytes: MIB },
  'chunked, 64 B chunks': { prepare: () => receiving(chunkedAnswer(64, 65_536)), bytes: 65_536 },
  'request head written': { prepare: writingHeads },
  'pool assign': { prepare: assigning },
  'pool look-up, 10 origins': { prepare: () => lookingUp(10) },
  'pool look-up, 10 000 origins': { prepare: () => lookingUp(10_000), tolerance: 6 },
  'header map, 7 lines': { prepare: headerMap },
  'three request options': { prepare: checkingOptions },
  'hook of three taps': { prepare: callingHooks },
  'url, known origin': { prepare: () => parsingUrls(paths) },
  'url, 4 096 origins in turn': { prepare: () => parsingUrls(origins) },
}
