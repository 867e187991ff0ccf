// Connections being made: how each ends, and what is given up first.
import { ScriptedTransport } from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'
import { settled } from '../../test/pool/pool-rig.js'
import { ClosedPoolError } from '../ground/errors.js'
import type { Transport } from '../transport/transport.js'
import { Dials } from './dials.js'

interface Attempt {
  readonly signal: AbortSignal
  readonly resolve: (transport: Transport) => void
  readonly reject: (reason: unknown) => void
}

function setUp(): { dials: Dials; attempts: Attempt[]; told: unknown[] } {
  const attempts: Attempt[] = []
  const told: unknown[] = []
  const dials = new Dials(
    (signal) => new Promise((resolve, reject) => attempts.push({ signal, resolve, reject })),
    { onDialled: (transport) => told.push(transport), onDialEnd: (error) => told.push(error) },
  )
  return { dials, attempts, told }
}

describe('a connection being made', () => {
  it('is told of when it is there', async () => {
    const { dials, attempts, told } = setUp()
    dials.start(undefined)
    expect(dials.size).toBe(1)
    const transport = new ScriptedTransport()
    attempts[0]?.resolve(transport)
    await settled()
    expect([dials.size, told, transport.destroyed]).toEqual([0, [transport], false])
  })

  it('is told of with its reason when it fails', async () => {
    const { dials, attempts, told } = setUp()
    dials.start(undefined)
    attempts[0]?.reject('why')
    await settled()
    expect([dials.size, told]).toEqual([0, [{ reason: 'why' }]])
  })

  it('that was given up is told of without a reason, and closed when it comes all the same', async () => {
    const { dials, attempts, told } = setUp()
    for (let count = 0; count < 3; count += 1) dials.start(undefined)
    dials.dropTo(1)
    expect([dials.size, attempts.map(({ signal }) => signal.aborted)]).toEqual([1, [false, true, true]])
    expect(attempts[1]?.signal.reason).toBeInstanceOf(ClosedPoolError)
    expect(attempts[1]?.signal.reason.message).toBe('nobody waits for this connection any more')
    const transport = new ScriptedTransport()
    attempts[1]?.resolve(transport)
    attempts[2]?.reject('late')
    await settled()
    expect([transport.destroyed, told]).toEqual([true, [undefined, undefined]])
  })

  it('is not given up while it is wanted', () => {
    const { dials, attempts } = setUp()
    dials.start(undefined)
    dials.dropTo(1)
    dials.dropTo(2)
    expect([dials.size, attempts[0]?.signal.aborted]).toEqual([1, false])
  })

  it('is given up with all others, and counts until it has ended', async () => {
    const { dials, attempts, told } = setUp()
    dials.start(undefined)
    dials.start(undefined)
    dials.abort('closed')
    expect(attempts.map(({ signal }) => signal.reason)).toEqual(['closed', 'closed'])
    expect(dials.size).toBe(2)
    for (const attempt of attempts) attempt.reject('closed')
    await settled()
    expect([dials.size, told]).toEqual([0, [undefined, undefined]])
  })
})
