import type { TransportSink } from '@rockpool/core/plugin'
import { describe, expect, it } from 'vitest'
import { turns } from '../turns.js'
import { ScriptedTransport } from './scripted-transport.js'

/** A sink that writes down what it hears. */
function listener(transport: ScriptedTransport) {
  const heard: string[] = []
  const kept: Buffer[] = []
  const sink: TransportSink = {
    onData: (chunk, end) => {
      kept.push(chunk.subarray(0, end))
      heard.push(chunk.toString('latin1', 0, end))
    },
    onReadEnd: () => heard.push('<end>'),
    onError: (error) => heard.push(`<${error.message}>`),
    onDrain: () => heard.push('<drain>'),
    onClose: () => heard.push('<close>'),
  }
  transport.sink = sink
  return { heard, kept }
}

describe('scripted transport', () => {
  it('delivers what is fed in the same turn, and overwrites it afterwards', () => {
    const transport = new ScriptedTransport()
    const { heard, kept } = listener(transport)
    transport.feed('ab')
    transport.feedBytewise('cd')
    transport.feedEnd()
    expect(heard).toEqual(['ab', 'c', 'd', '<end>'])
    expect(kept[0]?.every((byte) => byte === 0xdb)).toBe(true)
  })

  it('keeps bytes for a sink that comes later, and for one that has paused', () => {
    const transport = new ScriptedTransport()
    transport.feed('early')
    const { heard } = listener(transport)
    transport.pause()
    transport.feed('later')
    transport.feedEnd()
    expect([heard, transport.waiting]).toEqual([['early'], 5])
    transport.resume()
    expect(heard).toEqual(['early', 'later', '<end>'])
  })

  it('reads into the buffer that was asked for, once, and lends again behind it', () => {
    const transport = new ScriptedTransport()
    const own = Buffer.alloc(3)
    const { heard } = listener(transport)
    transport.readInto?.(own)
    transport.feed('abcde')
    expect([heard, own.toString()]).toEqual([['abc', 'de'], 'abc'])
    expect(new ScriptedTransport({ readInto: false }).readInto).toBeUndefined()
  })

  it('remembers writes, joins corked ones, and keeps a copy', () => {
    const transport = new ScriptedTransport()
    const bytes = Buffer.from('body')
    transport.cork()
    transport.write('\xffhead ')
    transport.write(bytes)
    bytes.fill(0)
    expect(transport.writes).toHaveLength(0)
    transport.uncork()
    expect(transport.writes).toHaveLength(1)
    expect(transport.takeText()).toBe('\xffhead body')
    expect(transport.text).toBe('')
  })

  it('makes writers wait, and tells them once when they may go on', () => {
    const transport = new ScriptedTransport()
    const { heard } = listener(transport)
    expect(transport.write('a')).toBe(true)
    transport.stall()
    expect(transport.write('b')).toBe(false)
    transport.drain()
    transport.drain()
    expect(heard).toEqual(['<drain>'])
    expect(transport.write('c')).toBe(true)
  })

  it('closes once, after the turn that destroyed it, and refuses writes from then on', async () => {
    const transport = new ScriptedTransport()
    const { heard } = listener(transport)
    transport.fail(new Error('reset'))
    transport.destroy()
    expect(heard).toEqual(['<reset>'])
    expect(transport.destroyed).toBe(true)
    expect(() => transport.write('x')).toThrow('closed')
    await turns()
    transport.feed('too late')
    expect(heard).toEqual(['<reset>', '<close>'])
  })

  it('gives its stream away with the bytes that were left over', async () => {
    const transport = new ScriptedTransport()
    const { heard } = listener(transport)
    const stream = transport.takeStream(Buffer.from('left '))
    stream.write('out')
    transport.feed('over')
    transport.feedEnd()
    let read = ''
    for await (const chunk of stream) read += chunk
    expect([read, heard, transport.text]).toEqual(['left over', [], 'out'])
    expect(() => transport.write('x')).toThrow('taken')
  })

  it('tells the facts of a plain transport, with the changes that were asked for', () => {
    const { info } = new ScriptedTransport({ info: { remotePort: 443 } })
    expect([info.remotePort, info.securedFor, info.route[0]?.kind]).toEqual([443, undefined, 'tcp'])
  })
})
