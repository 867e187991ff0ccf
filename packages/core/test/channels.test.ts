import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { expect, it, onTestFinished } from 'vitest'
import { channelNames, HTTPConnectionPool } from '../src/index.js'
import { answering, ok } from './support/raw-origin.js'

it('whoever subscribes to the channels sees connections, attempts and calls, and no credential', async () => {
  const seen: [string, unknown][] = []
  for (const name of Object.values(channelNames)) {
    const listen = (message: unknown): void => void seen.push([name, message])
    subscribe(name, listen)
    onTestFinished(() => void unsubscribe(name, listen))
  }
  const origin = await answering(ok('ok', 'Connection: close\r\n'))
  const pool = new HTTPConnectionPool('127.0.0.1', origin.port)
  await pool.request('GET', '/a', { headers: { Authorization: 'Bearer s3cret' } })
  await pool.close()
  await expect(pool.request('GET', '/b')).rejects.toMatchObject({ name: 'ClosedPoolError' })
  expect(seen.map(([name]) => name)).toEqual([
    'rockpool:connection:open',
    'rockpool:attempt:send',
    'rockpool:connection:close',
    'rockpool:exchange:settle',
  ])
  expect(seen[1]?.[1]).toEqual({
    exchange: 1,
    attempt: 1,
    method: 'GET',
    url: `${origin.url}/a`,
    connection: 1,
    reused: false,
  })
  expect(seen[2]?.[1]).toEqual({ id: 1, origin: origin.url, uses: 1, reason: 'not reusable' })
  expect(seen[3]?.[1]).toMatchObject({ outcome: 'response', status: 200, attempts: 1 })
  expect(JSON.stringify(seen)).not.toContain('s3cret')
})
