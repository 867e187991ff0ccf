// Retries and redirects at work, against an origin on the loopback interface that misbehaves on purpose.
// `npm run build` first, then `node examples/retry-redirect/main.mjs`.
import { createServer } from 'node:http'
import { MaxRetryError, PoolManager } from '@rockpool/core'
import { redirect, retry } from '@rockpool/plugin-retry'

const origin = await startOrigin()
const manager = new PoolManager({
  plugins: [retry({ total: 5, statusForcelist: [502, 503], backoffFactor: 20 }), redirect({ max: 5 })],
})

// An upload that meets a full house, a dropped connection and a move, and arrives whole all the same.
const upload = await manager.request('PUT', `${origin.url}/upload`, {
  body: 'the same seven words, again and again',
})
tell('PUT /upload', upload)

// A form that is answered by "see other": the answer is fetched with GET, and the cookie stays at home.
const form = await manager.request('POST', `${origin.url}/form`, {
  fields: { q: 'crab' },
  headers: { Cookie: 'id=7' },
})
tell('POST /form', form)

// A POST that may have arrived is not sent again, whatever the policy says.
try {
  await manager.request('POST', `${origin.url}/hang-up`, { body: 'once' })
} catch (error) {
  console.log(`POST /hang-up\n  ${error.name}: ${error.message} (sent: ${error.sent})\n`)
}

// A loop ends at the limit, and the error knows the way that was gone.
try {
  await manager.request('GET', `${origin.url}/loop`)
} catch (error) {
  console.log(`GET /loop\n  ${error.name}: ${error.reason.message}, after ${error.history.length} redirects`)
  if (!(error instanceof MaxRetryError)) process.exitCode = 1
}

await manager.close()
await origin.close()

function tell(title, response) {
  console.log(title)
  for (const { method, status, error, location, delayMs, reason } of response.history) {
    const outcome =
      error === undefined ? `${status}${location === undefined ? '' : ` to ${location}`}` : error.message
    console.log(`  ${method} → ${outcome}; ${reason} after ${delayMs} ms`)
  }
  console.log(`  ${response.status} ${response.data}\n`)
}

async function startOrigin() {
  let uploads = 0
  const server = createServer((request, response) => {
    const chunks = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      if (request.url === '/upload') {
        uploads += 1
        if (uploads === 1) return request.socket.destroy()
        if (uploads === 2) return response.writeHead(503, { 'Retry-After': '0' }).end('full house')
        return response.writeHead(308, { Location: '/archive' }).end()
      }
      if (request.url === '/form') return response.writeHead(303, { Location: 'result?q=crab' }).end()
      if (request.url === '/loop') return response.writeHead(302, { Location: '/loop' }).end()
      if (request.url === '/hang-up') return request.socket.destroy()
      response.end(`${request.method} ${request.url} with ${body.length} characters`)
    })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () => new Promise((resolve) => server.close(resolve))
  return { url: `http://127.0.0.1:${server.address().port}`, close }
}
