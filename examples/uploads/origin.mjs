// An origin that tells what arrived: how it was framed, of what type, how much. `/busy…` answers 503 the first time;
// `/small` takes no more than 1000 bytes, and says so before they are sent when it is asked.
import { once } from 'node:events'
import { createServer } from 'node:http'

const MOST = 1_000

export async function startOrigin() {
  const met = new Set()
  const receive = async (request, response) => {
    let bytes = 0
    for await (const chunk of request) bytes += chunk.length
    if (request.url.startsWith('/busy') && !met.has(request.url)) {
      met.add(request.url)
      response.writeHead(503, { 'Retry-After': '0' }).end('busy')
      return
    }
    const { 'transfer-encoding': chunked, 'content-type': type = 'no type' } = request.headers
    response.end(
      `${bytes} bytes, ${chunked === undefined ? 'length declared' : 'chunked'}, ${type.split(';')[0]}`,
    )
  }
  const server = createServer(receive)
  server.on('checkContinue', (request, response) => {
    if (request.url === '/small' && Number(request.headers['content-length']) > MOST) {
      response.writeHead(413, { Connection: 'close' }).end(`no more than ${MOST} bytes`)
      return
    }
    response.writeContinue()
    void receive(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { url: `http://127.0.0.1:${server.address().port}`, close }
}
