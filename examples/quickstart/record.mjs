// From a response, or a failure, to plain data: what both the text and the JSON are made from.
import { HTTPError } from '@rockpool/core'

/** Characters of a body that are shown. */
const PREVIEW_CHARACTERS = 240
/** A body is read up to here and no further: this is a look, not a download. */
const MAX_READ_BYTES = 4_194_304

/** Performs what `send` performs and tells how it went. Never rejects for a failure of HTTP. */
export async function observe(request, note, send) {
  const began = performance.now()
  try {
    const response = await send()
    const body = await look(response)
    return { request, note, ...describe(response), body, totalMs: rounded(performance.now() - began) }
  } catch (error) {
    if (!(error instanceof HTTPError)) throw error
    return {
      request,
      note,
      error: error.toJSON(),
      failure: error,
      totalMs: rounded(performance.now() - began),
    }
  }
}

function describe(response) {
  const { status, reason, url, httpVersion, connection } = response
  const timings = Object.entries(response.timings).filter(([, ms]) => ms !== undefined)
  return {
    url,
    status,
    reason,
    httpVersion,
    headers: [...response.headers],
    trailers: [...response.trailers],
    timings: Object.fromEntries(timings.map(([step, ms]) => [step, rounded(ms)])),
    connection: {
      id: connection?.id,
      reused: connection?.reused,
      peer: `${connection?.remoteAddress}:${connection?.remotePort}`,
      route: connection?.route.map(({ kind, peer }) => `${kind} ${peer}`),
      tls: connection?.tls && `${connection.tls.protocol} ${connection.tls.cipher}`,
    },
  }
}

async function look(response) {
  const chunks = []
  let bytes = 0
  let complete = true
  for await (const chunk of response) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes < MAX_READ_BYTES) continue
    complete = false
    break
  }
  const data = Buffer.concat(chunks)
  const text = isText(response.headers.get('content-type'))
  const preview = text
    ? data.toString('utf8').slice(0, PREVIEW_CHARACTERS)
    : data.toString('hex').slice(0, 64)
  return { bytes, complete, chunks: chunks.length, text, preview }
}

function isText(contentType = '') {
  return contentType === '' || /^text\/|json|xml|javascript|urlencoded/i.test(contentType)
}

/** Milliseconds to a hundredth. */
export function rounded(ms) {
  return Math.round(ms * 100) / 100
}
