// Metrics of a pool, as Prometheus scrapes them: `npm run build` first, then `node examples/metrics/main.mjs`.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connectionFromUrl } from 'rockpool'
import { PoolMetrics } from './pool-metrics.mjs'

let failures = 1
const origin = createServer((request, response) => {
  if (request.url === '/flaky' && failures-- > 0) response.writeHead(503).end()
  else if (request.url === '/cut') request.socket.destroy()
  else if (request.url !== '/silent') response.end('hello\n')
})
const metrics = new PoolMetrics()
const scraped = createServer((_, response) => {
  response.setHeader('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  response.end(metrics.text())
})
for (const server of [origin, scraped]) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
}
const urlOf = (server) => `http://127.0.0.1:${server.address().port}`

const pool = connectionFromUrl(urlOf(origin), {
  maxSize: 2,
  block: true,
  retries: { total: 2, statusForcelist: [503] },
  plugins: [metrics.plugin({ name: 'api' })],
})
metrics.watch('api', pool)
const prometheus = connectionFromUrl(urlOf(scraped))

try {
  await Promise.all(Array.from({ length: 9 }, () => pool.request('GET', '/')))
  await pool.request('GET', '/flaky')
  const calls = [
    pool.request('POST', '/cut', { body: 'once' }),
    pool.request('GET', '/silent', { timeout: { total: 50 } }),
    pool.request('GET', '/silent', { signal: AbortSignal.abort() }),
  ]
  // Their failures are what is to be counted here.
  await Promise.allSettled(calls)
  console.log(await (await prometheus.request('GET', '/metrics')).text())
} finally {
  await pool.close()
  await prometheus.close()
  metrics.close()
  for (const server of [origin, scraped]) {
    server.close()
    server.closeAllConnections()
  }
}
