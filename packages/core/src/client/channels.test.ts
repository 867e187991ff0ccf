import { type ChannelListener, channel, subscribe, unsubscribe } from 'node:diagnostics_channel'
import { describe, expect, it, vi } from 'vitest'
import { Origin } from '../ground/origin.js'
import type { ExchangeView } from '../hooks/contexts.js'
import type { TransportInfo } from '../transport/transport.js'
import {
  type ChannelName,
  publishAttemptResend,
  publishAttemptStart,
  publishConnectionError,
  publishConnectionOpen,
  publishExchangeSettle,
  publishExchangeStart,
} from './channels.js'

const exchange = { id: 1 } as ExchangeView
const info = { remotePort: 80 } as TransportInfo
const origin = Origin.of('http', 'localhost', 80)
const entry = { method: 'GET', url: 'http://localhost/', delayMs: 0, reason: 'test' }
const error = new Error('refused')

const rows: [ChannelName, () => void, object][] = [
  ['rockpool:exchange:start', () => publishExchangeStart(exchange), { exchange }],
  ['rockpool:exchange:settle', () => publishExchangeSettle(exchange), { exchange }],
  ['rockpool:attempt:start', () => publishAttemptStart(exchange), { exchange }],
  ['rockpool:attempt:resend', () => publishAttemptResend(exchange, entry as never), { exchange, entry }],
  ['rockpool:connection:open', () => publishConnectionOpen(origin, info), { origin, info }],
  ['rockpool:connection:error', () => publishConnectionError(origin, error), { origin, error }],
]

describe.each(rows)('the channel %s', (name, publish, message) => {
  it('tells its subscribers', () => {
    const heard = vi.fn<ChannelListener>()
    subscribe(name, heard)
    try {
      publish()
    } finally {
      unsubscribe(name, heard)
    }
    expect(heard).toHaveBeenCalledExactlyOnceWith(message, name)
  })

  it('publishes nothing when nobody listens', () => {
    const spy = vi.spyOn(channel(name), 'publish')
    publish()
    expect(spy).not.toHaveBeenCalled()
    spy.mockRestore()
  })
})
