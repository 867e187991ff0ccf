// A cache in front of an origin: `npm run build` first, then `node examples/cache/main.mjs`.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connectionFromUrl } from 'rockpool'
import { cache } from './cache.mjs'

const seen = []
let broken = false
const origin = createServer((request, response) => {
  seen.push(
    `${request.method} ${request.url}${request.headers['if-none-match'] === undefined ? '' : ' if changed'}`,
  )
  if (broken) return request.socket.destroy()
  const language = request.headers['accept-language'] ?? 'en'
  const etag = `"${language}"`
  response.setHeader('ETag', etag)
  response.setHeader('Vary', 'Accept-Language')
  const maxAge = request.url === '/fresh' ? 60 : 0
  response.setHeader('Cache-Control', `public, max-age=${maxAge}, stale-if-error=3600`)
  if (request.headers['if-none-match'] === etag) response.writeHead(304).end()
  else response.end(`hello in ${language}`)
})
origin.listen(0, '127.0.0.1')
await once(origin, 'listening')

const pool = connectionFromUrl(`http://127.0.0.1:${origin.address().port}`, {
  plugins: [cache()],
  retries: 1,
})

async function get(path, headers = {}) {
  const { status, data } = await pool.request('GET', path, { headers })
  console.log(
    `${path} ${headers['Accept-Language'] ?? ''}: ${status} ${data}; asked: ${seen.splice(0).join(', ') || 'nobody'}`,
  )
}

try {
  await get('/fresh')
  await get('/fresh')
  await get('/fresh', { 'Accept-Language': 'fr' })
  await get('/fresh', { 'Accept-Language': 'fr' })
  await get('/stale')
  await get('/stale')
  await pool.request('POST', '/fresh', { body: 'something new' })
  seen.length = 0
  await get('/fresh')
  broken = true
  await get('/stale')
  console.log(pool.inspect().plugins.cache)
} finally {
  await pool.close()
  origin.close()
  origin.closeAllConnections()
}
