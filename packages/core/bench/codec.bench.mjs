/**
 * What the codec costs alone: heads per second and megabytes of chunked data per second.
 *
 *   npm run build && node packages/core/bench/codec.bench.mjs
 *
 * Each figure is the best of several rounds, because everything that disturbs a measurement makes it slower. No sockets, no
 * promises: what is timed is exactly what runs between a read and the first byte the connection sees.
 */
import { ClientCodec, writeRequestHead } from '../build/codec/codec.js'
import { DEFAULT_LIMITS } from '../build/ground/limits.js'

const ROUNDS = 7
const TYPICAL =
  'HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Tue, 24 Nov 2026 02:07:37 GMT\r\nContent-Type: text/plain\r\nContent-Length: 12\r\n' +
  'Last-Modified: Tue, 24 Nov 2026 02:00:00 GMT\r\nConnection: keep-alive\r\nETag: "65a0-12"\r\n\r\nhello world\n'
const FOLDED = TYPICAL.replace('Content-Type: text/plain', 'Content-Type: text/plain;\r\n charset=utf-8')

let seen = 0
const sink = {
  onInformational() {},
  onHead(head) {
    seen += head.status
  },
  onBody(_chunk, start, end) {
    seen += end - start
  },
  onEnd() {},
  onSwitch() {},
}

/** As a socket delivers it: at the front of a 64 KiB buffer that is lent. */
function lent(text) {
  const buffer = Buffer.alloc(65_536)
  return { buffer, end: buffer.write(text, 'latin1') }
}

function best(count, run) {
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS; round++) {
    const started = process.hrtime.bigint()
    for (let i = 0; i < count; i++) run()
    least = Math.min(least, Number(process.hrtime.bigint() - started) / count)
  }
  return least
}

function exchange(codec, buffer, end, step) {
  codec.begin('GET')
  for (let at = 0; at < end; at += step) codec.receive(buffer, at, Math.min(end, at + step))
  codec.reset()
}

function heads(name, text, step, count) {
  const { buffer, end } = lent(text)
  const codec = new ClientCodec(sink, DEFAULT_LIMITS)
  const ns = best(count, () => exchange(codec, buffer, end, step))
  console.log(
    `${name.padEnd(44)} ${ns.toFixed(0).padStart(8)} ns  ${(1e9 / ns / 1e6).toFixed(2).padStart(6)} M/s`,
  )
}

function chunks(name, chunkBytes) {
  const data = 'x'.repeat(chunkBytes)
  const count = Math.max(1, Math.floor(1_048_576 / chunkBytes))
  const text = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${`${chunkBytes.toString(16)}\r\n${data}\r\n`.repeat(count)}0\r\n\r\n`
  const buffer = Buffer.from(text, 'latin1')
  const codec = new ClientCodec(sink, DEFAULT_LIMITS)
  const ns = best(20, () => exchange(codec, buffer, buffer.length, 65_536))
  console.log(
    `${name.padEnd(44)} ${(ns / count).toFixed(0).padStart(8)} ns  ${((count * chunkBytes * 1e3) / ns).toFixed(0).padStart(6)} MB/s`,
  )
}

console.log(`node ${process.version}`)
heads('head of 7 lines and 12 bytes, one chunk', TYPICAL, 65_536, 200_000)
heads('the same in two halves', TYPICAL, 130, 100_000)
heads('the same byte by byte', TYPICAL, 1, 5_000)
heads('one folded line', FOLDED, 65_536, 100_000)
chunks('chunks of 1 byte', 1)
chunks('chunks of 64 bytes', 64)
chunks('chunks of 16 KiB', 16_384)
const lines = 'Host: example.com\r\nAccept-Encoding: gzip\r\nUser-Agent: bench\r\n'
const ns = best(500_000, () => {
  seen += writeRequestHead('GET', '/path/to/a/resource?with=query', lines).length
})
console.log(`${'request head written'.padEnd(44)} ${ns.toFixed(0).padStart(8)} ns`)
if (seen === 0) throw new Error('nothing was read')
