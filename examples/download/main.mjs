// A large download with progress, in constant memory, that goes on after a cut: `npm run build` first, then
// `node examples/download/main.mjs [megabytes]`. The way it is done is in download.mjs.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { connectionFromUrl } from '@rockpool/core'
import { download } from './download.mjs'
import { digest, startOrigin } from './origin.mjs'

const MEGABYTE = 1_048_576
const size = Number(process.argv[2] ?? 128) * MEGABYTE
const origin = await startOrigin({ size, cuts: 2, cutAfter: Math.floor(size / 3) + 1 })
const folder = await mkdtemp(join(tmpdir(), 'rockpool-download-'))
const file = join(folder, 'large.bin')
const pool = connectionFromUrl(origin.url)

let shown = 0
let mostMemory = 0
function onProgress(received, total) {
  const percent = Math.floor((100 * received) / total)
  if (percent < shown + 10) return
  shown = percent - (percent % 10)
  // Where a program that keeps a body would grow: buffers live outside the heap.
  mostMemory = Math.max(mostMemory, process.memoryUsage().arrayBuffers)
  console.log(`  ${shown} % of ${total / MEGABYTE} MiB`)
}

try {
  console.log('downloading, from a server that cuts twice')
  await download(pool, '/large.bin', file, { onProgress })
  console.log(`asked for: ${origin.asked.join(', ')}`)
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  const right = (await stat(file)).size === size && hash.digest('hex') === digest(size)
  console.log(`the file is ${right ? 'whole and right' : 'WRONG'}`)
  // Most of it is garbage that has not been collected; it does not grow with the file. Try 1024.
  console.log(`buffers at any time: at most ${Math.ceil(mostMemory / MEGABYTE)} MiB`)
} finally {
  await pool.close()
  origin.close()
  await rm(folder, { recursive: true })
}
