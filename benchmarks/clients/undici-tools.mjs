// What the undici clients share: the version that suits the running Node, its options, and how a body is uploaded.
import { createReadStream, readFileSync } from 'node:fs'

const major = Number(process.versions.node.split('.')[0])
/** undici 8 needs Node 22.19; on older ones version 7 is the peer. */
export const undici = await import(major >= 24 ? 'undici' : 'undici-v7')
const name = major >= 24 ? 'undici' : 'undici-v7'
export const { version } = JSON.parse(
  readFileSync(new URL('./package.json', import.meta.resolve(name)), 'utf8'),
)

/** Time-outs as every client here has them; one request per connection at a time. */
export const poolOptions = (setup) => ({
  connections: setup.connections,
  pipelining: 1,
  connectTimeout: 10_000,
  headersTimeout: 60_000,
  bodyTimeout: 60_000,
  keepAliveTimeout: 60_000,
  ...(setup.secure ? { connect: { ca: readFileSync(setup.caFile) } } : {}),
})

const body = (setup) => {
  const bytes = Buffer.alloc(setup.uploadBytes ?? 0, 'rockpool')
  return setup.work === 'upload-file' ? () => createReadStream(setup.uploadFile) : () => bytes
}

/** A function that makes the options of one request. */
export function requestOptions(setup) {
  if (setup.uploadBytes === undefined) {
    const get = { path: setup.path, method: 'GET', headers: setup.requestHeaders, reset: setup.reconnects }
    return () => get
  }
  const makeBody = body(setup)
  const headers = { 'content-length': String(setup.uploadBytes) }
  return () => ({ path: setup.path, method: 'POST', headers, body: makeBody() })
}
