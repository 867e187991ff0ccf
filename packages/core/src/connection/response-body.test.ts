import { describe, expect, it } from 'vitest'
import { ResponseBody } from './response-body.js'

function pausable(): { body: ResponseBody; calls: string[] } {
  const calls: string[] = []
  const owner = {
    pauseReading: () => calls.push('pause'),
    resumeReading: () => calls.push('resume'),
    abandon: () => calls.push('abandon'),
  }
  return { body: new ResponseBody(owner, undefined, undefined), calls }
}

describe('a body that was full when it ended', () => {
  for (const [how, end] of [
    ['well', (body: ResponseBody) => body.end(undefined)],
    ['badly', (body: ResponseBody) => body.fail(new Error('broken'))],
  ] as const) {
    it(`${how} is read without a word to the connection, which reads for another exchange by now`, async () => {
      const { body, calls } = pausable()
      body.push(Buffer.alloc(300_000), 0, 300_000)
      expect(calls).toEqual(['pause'])
      end(body)
      expect((await body.next())?.length).toBe(300_000)
      await Promise.resolve(body.next()).catch(() => undefined)
      expect(calls).toEqual(['pause'])
    })
  }
})

describe('a piece of a streamed body', () => {
  it('cannot be taken away by a transfer: the next read goes into the same memory', async () => {
    const { body } = pausable()
    const target = body.nextTarget() as Buffer
    body.push(target, 0, 20_000)
    const piece = (await body.next()) as Buffer
    // Node 20 passes over what must not be transferred, later lines throw.
    try {
      structuredClone(piece, { transfer: [piece.buffer as ArrayBuffer] })
    } catch (error) {
      expect(error).toBeInstanceOf(Error)
    }
    expect(target).not.toHaveLength(0)
    expect(piece).toHaveLength(20_000)
  })
})
