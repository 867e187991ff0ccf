// The net under unread responses must not itself keep what it watched.

import { setImmediate as turn } from 'node:timers/promises'
import { getHeapStatistics } from 'node:v8'
import { describe, expect, it } from 'vitest'
import { BytesSource } from '../ground/body-source.js'
import { HTTPResponse } from '../ground/response.js'
import { unwatch, watchUnread } from './unread-watch.js'

const MIB = 1_048_576
const COUNT = 32

function watchAndRelease(): void {
  const source = new BytesSource(Buffer.allocUnsafeSlow(MIB))
  const response = new HTTPResponse({ status: 200, body: undefined })
  unwatch(watchUnread(response, source, 'GET /'))
}

describe('the watch over unread responses', () => {
  it('keeps nothing of a body that was read beyond the next young collections', async () => {
    const collectYoung = (): void => (globalThis.gc as (how: { type: 'minor' }) => void)({ type: 'minor' })
    const before = getHeapStatistics().external_memory
    for (let index = 0; index < COUNT; index += 1) watchAndRelease()
    let kept = Number.POSITIVE_INFINITY
    for (let tries = 0; tries < 20 && kept > (COUNT / 4) * MIB; tries += 1) {
      collectYoung()
      await turn()
      kept = getHeapStatistics().external_memory - before
    }
    expect(kept).toBeLessThan((COUNT / 2) * MIB)
  })

  it('is content with a response that was never watched', () => {
    expect(() => unwatch(undefined)).not.toThrow()
  })
})
