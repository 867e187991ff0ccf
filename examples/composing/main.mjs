// Composing only what you need, and what it weighs: `npm run build` first, then `node examples/composing/main.mjs`
// (needs the `openssl` command).
//
// Three programs, from the core alone to everything, are bundled into one file each, as for a function in a cloud, and
// then run from that file. What a program does not import, it does not carry.
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer as createHttp } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'
import { makeAuthority, makeServerKey } from '../pinning/certificates.mjs'

const here = (file) => fileURLToPath(new URL(file, import.meta.url))
const folder = await mkdtemp(join(tmpdir(), 'rockpool-composing-'))
const ca = join(folder, 'ca.pem')
await writeFile(ca, makeAuthority())

function answer(request, response) {
  if (request.url === '/old') response.writeHead(302, { Location: '/hello' }).end()
  else response.end('hello')
}
const http = createHttp(answer).listen(0, '127.0.0.1')
const https = createHttps(makeServerKey('server'), answer).listen(0, 'localhost')
await Promise.all([once(http, 'listening'), once(https, 'listening')])
const plain = `http://127.0.0.1:${http.address().port}`
const secure = `https://localhost:${https.address().port}`

/** One file with all that the program imports, Node's own modules aside. */
async function bundled(file) {
  const bundle = await rolldown({ input: here(file), platform: 'node', external: [/^node:/] })
  const out = join(folder, file)
  await bundle.write({ file: out, format: 'esm', minify: true, codeSplitting: false })
  await bundle.close()
  return out
}

try {
  for (const [title, file, ...args] of [
    ['core alone', 'core.mjs', plain],
    ['core and TLS', 'core-tls.mjs', secure, ca],
    ['everything', 'everything.mjs', secure, ca],
  ]) {
    const out = await bundled(file)
    const { stdout } = await promisify(execFile)(process.execPath, [out, ...args])
    const size = gzipSync(await readFile(out), { level: 9 }).length
    console.log(
      `${title.padEnd(13)} ${(size / 1_000).toFixed(1).padStart(6)} kB gzipped, prints: ${stdout.trim()}`,
    )
  }
} finally {
  http.close()
  https.close()
  await rm(folder, { recursive: true })
}
