// Run in a network of its own by namespaces.test.ts, where packets are small, get lost, come late, twice or in another order:
// sends bytes up, has them sent back, and compares.   node echoed-bodies.mjs [how many bodies]
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { HTTPConnectionPool } from '@rockpool/core'

const server = createServer((request, answer) => {
  // Odd requests are answered in chunks, even ones with a length.
  if (request.url === '/chunks') request.pipe(answer)
  else {
    const parts = []
    request.on('data', (part) => parts.push(part))
    request.on('end', () => answer.end(Buffer.concat(parts)))
  }
})
await new Promise((resolve) => server.listen(80, '127.0.0.1', resolve))
const pool = new HTTPConnectionPool('127.0.0.1', 80, { maxSize: 4, block: true })
const digest = (bytes) => createHash('sha256').update(bytes).digest('hex')
const echo = async (index) => {
  const body = Buffer.alloc(20_000 + index * 7_919, `line ${index}\n`)
  const answer = await pool.request('POST', index % 2 === 0 ? '/length' : '/chunks', { body })
  return digest(await answer.bytes()) === digest(body)
}
const same = await Promise.all(
  Array.from({ length: Number(process.argv[2] ?? 24) }, (_, index) => echo(index)),
)
await pool.close()
server.close()
process.stdout.write(JSON.stringify({ same: same.filter(Boolean).length, of: same.length }))
