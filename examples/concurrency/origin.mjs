// An origin that answers when it is told to, so that what waits, waits for certain: nothing here sleeps.
import { once } from 'node:events'
import { createServer } from 'node:http'

/**
 * Starts it. `arrived` lists the paths in the order of their arrival. `/held/…` is answered by `answer(path)`, the first
 * bytes at once; `/three/…` when three of them are there.
 */
export async function startOrigin() {
  const arrived = []
  const held = new Map()
  const three = []
  let atOnce = 0
  let mostAtOnce = 0
  const server = createServer((request, response) => {
    arrived.push(request.url)
    atOnce += 1
    mostAtOnce = Math.max(mostAtOnce, atOnce)
    response.once('close', () => {
      atOnce -= 1
    })
    const end = () => response.end(`${request.url}\n`)
    if (request.url.startsWith('/held/')) {
      response.write('so far so good\n')
      held.set(request.url, end)
    } else if (request.url.startsWith('/three/')) {
      three.push(end)
      if (three.length === 3) for (const each of three.splice(0)) each()
    } else end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    arrived,
    mostAtOnce: () => mostAtOnce,
    /** Waits for the request, then answers it. */
    async answer(path) {
      while (!held.has(path)) await once(server, 'request')
      held.get(path)()
      held.delete(path)
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
