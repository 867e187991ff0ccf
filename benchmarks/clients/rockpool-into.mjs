// `@rockpool/core`, a long body passed on to a sink by `readInto`: one buffer per lane for the whole of it.
import { HTTPConnectionPool } from '@rockpool/core'
import { poolOptions, version } from './rockpool-tools.mjs'

const BUFFER_BYTES = 262_144

export async function open(setup) {
  const pool = new HTTPConnectionPool(setup.host, setup.port, poolOptions(setup))
  const buffers = Array.from({ length: setup.connections }, () => Buffer.allocUnsafe(BUFFER_BYTES))
  const once = async (lane) => {
    const response = await pool.request('GET', setup.path, { preloadContent: false })
    let total = 0
    let bytes = 0
    do {
      bytes = await response.readInto(buffers[lane])
      total += bytes
    } while (bytes > 0)
    return total
  }
  return { version, once, close: () => pool.close() }
}
