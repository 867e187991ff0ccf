import { connect, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { scriptedServer } from '../server/scripted-server.js'
import { until } from '../turns.js'
import { LeakError, type LeakTracker, trackLeaks } from './track-leaks.js'

const few = { turns: 200 }

async function findings(leaks: LeakTracker): Promise<readonly string[]> {
  const error = await leaks.assertNone().then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(LeakError)
  return (error as LeakError).findings
}

describe('leak tracking', () => {
  it('is content when everything that was opened is closed', async () => {
    const leaks = trackLeaks()
    {
      await using server = await scriptedServer([])
      const socket = connect(server.port, server.host)
      await server.connection(0)
      socket.destroy()
    }
    const timer = setTimeout(() => {}, 60_000)
    clearTimeout(timer)
    await leaks.assertNone()
  })

  it('finds a socket that stayed open', async () => {
    const server = await scriptedServer([])
    const leaks = trackLeaks(few)
    const socket: Socket = connect(server.port, server.host)
    await server.connection(0)
    await until(() => socket.readyState === 'open')
    const found = await findings(leaks)
    expect(found.join('\n')).toMatch(/TCPSocketWrap: \d+ before, \d+ now/)
    expect(found.some((finding) => finding.startsWith('open sockets'))).toBe(process.platform === 'linux')
    socket.destroy()
    await server.close()
  })

  it('finds a timer that was not cleared, even one that keeps nothing alive, and names its maker', async () => {
    const leaks = trackLeaks(few)
    const timer = setTimeout(() => {}, 60_000)
    timer.unref()
    const found = await findings(leaks)
    clearTimeout(timer)
    expect(found).toHaveLength(1)
    expect(found[0]).toContain('track-leaks.test.ts')
  })

  it('does not mind a timer that has fired', async () => {
    const leaks = trackLeaks()
    let fired = false
    setTimeout(() => {
      fired = true
    }, 1)
    await until(() => fired)
    await leaks.assertNone()
  })

  it('finds listeners left on a signal, given at the start or watched later', async () => {
    const [given, watched] = [new AbortController(), new AbortController()]
    given.signal.addEventListener('abort', () => {})
    const leaks = trackLeaks({ ...few, signals: [given.signal] })
    leaks.watch(watched.signal)
    watched.signal.addEventListener('abort', () => {})
    expect(await findings(leaks)).toEqual(['abort listeners on signal 1: 0 before, 1 now'])
  })

  it('finds warnings', async () => {
    const leaks = trackLeaks(few)
    process.emitWarning('meant by a test', 'ExampleWarning')
    expect(await findings(leaks)).toEqual(['warning: ExampleWarning: meant by a test'])
  })

  it('hears nothing any more once it has stopped', async () => {
    const before = process.listenerCount('unhandledRejection')
    {
      using leaks = trackLeaks()
      expect(process.listenerCount('unhandledRejection')).toBe(before + 1)
      leaks.stop()
    }
    expect(process.listenerCount('unhandledRejection')).toBe(before)
  })
})
