import { describe, expect, it } from 'vitest'
import { poolFor } from './support/pools.js'
import { answering, ok, rawOrigin } from './support/raw-origin.js'

describe('response.timings', () => {
  it('tells every step of a preloaded response, dialling only where a connection was made', async () => {
    const origin = await answering(ok())
    const pool = poolFor(origin)
    const first = (await pool.request('GET', '/')).timings
    for (const step of ['queue', 'connect', 'send', 'wait', 'receive'] as const) {
      expect(first[step], step).toBeGreaterThanOrEqual(0)
    }
    const second = (await pool.request('GET', '/')).timings
    expect(second.connect).toBeUndefined()
    expect(second.receive).toBeGreaterThanOrEqual(0)
  })

  it('tells how long a streamed body took once it has ended, and not before', async () => {
    let finish: () => void = () => undefined
    const origin = await rawOrigin(async (connection) => {
      await connection.request()
      connection.send('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab')
      finish = () => connection.send('cd')
    })
    const response = await poolFor(origin).request('GET', '/', { preloadContent: false })
    expect(response.timings.wait).toBeGreaterThanOrEqual(0)
    expect(response.timings.receive).toBeUndefined()
    finish()
    expect(await response.text()).toBe('abcd')
    expect(response.timings.receive).toBeGreaterThan(0)
  })
})
