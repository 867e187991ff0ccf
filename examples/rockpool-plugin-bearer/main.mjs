// A token that runs out in the middle of many calls: `npm run build` first, then
// `node examples/rockpool-plugin-bearer/main.mjs`.
//
// Everything goes through one connection, the refresh included. Calls wait for the token without holding it.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { HTTPConnectionPool, PluginError } from '@rockpool/core'
import { bearer } from 'rockpool-plugin-bearer'

let valid = 'token-2'
let issued = 1
const server = createServer((request, response) => {
  if (request.url === '/token') return response.end(`token-${++issued}`)
  const known = request.headers.authorization === `Bearer ${valid}`
  response.writeHead(known ? 200 : 401).end(known ? 'welcome' : 'who are you?')
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address()

const pool = new HTTPConnectionPool('127.0.0.1', port, {
  maxSize: 1,
  block: true,
  plugins: [bearer({ token: 'token-1', refresh, origins: [`http://127.0.0.1:${port}`] })],
})

async function refresh({ signal }) {
  const answer = await pool.request('POST', '/token', { anonymous: true, signal })
  if (!answer.ok) throw new Error(`the token server answered ${answer.status}`)
  return answer.text()
}

try {
  const answers = await Promise.all(Array.from({ length: 8 }, () => pool.request('GET', '/me')))
  console.log(
    `${answers.filter(({ ok }) => ok).length} of 8 calls answered, over ${pool.numConnections} connection`,
  )
  console.log(pool.inspect().plugins.bearer)

  // A server that takes no token at all is asked twice, not for ever.
  valid = 'nobody has it'
  const refused = await pool.request('GET', '/me')
  console.log(`refused: ${refused.status}, after ${refused.history.map(({ reason }) => reason)}`)
  await tellFailure()
} finally {
  await pool.close()
  server.close()
}

async function tellFailure() {
  const broken = new HTTPConnectionPool('127.0.0.1', port, {
    plugins: [
      bearer({
        refresh: () => Promise.reject(new Error('the vault is sealed')),
        origins: [`http://127.0.0.1:${port}`],
      }),
    ],
  })
  try {
    await broken.request('GET', '/me')
  } catch (error) {
    if (!(error instanceof PluginError)) throw error
    console.log(`${error.plugin} in ${error.hook}: ${error.cause.message}`)
  } finally {
    await broken.close()
  }
}
