// undici's `Pool.stream` into a sink, its own fast way for large bodies.
import { Writable } from 'node:stream'
import { poolOptions, requestOptions, undici, version } from './undici-tools.mjs'

export async function open(setup) {
  const pool = new undici.Pool(setup.origin, poolOptions(setup))
  const options = requestOptions(setup)
  const sink = () => new Writable({ write: (_chunk, _encoding, done) => done() })
  return { version, once: () => pool.stream(options(), sink), close: () => pool.destroy() }
}
