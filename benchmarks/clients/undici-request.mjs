// undici's `Pool.request`, the body read to its end: as bytes, or chunk by chunk in the streaming rows.
import { poolOptions, requestOptions, undici, version } from './undici-tools.mjs'

export async function open(setup) {
  const pool = new undici.Pool(setup.origin, poolOptions(setup))
  const options = requestOptions(setup)
  const whole = async () => (await pool.request(options())).body.arrayBuffer()
  const streamed = async () => {
    const { body } = await pool.request(options())
    let bytes = 0
    for await (const chunk of body) bytes += chunk.length
    return bytes
  }
  return { version, once: setup.work === 'stream' ? streamed : whole, close: () => pool.destroy() }
}
