// The iterator over a body, held against what an async generator does.
import { describe, expect, it } from 'vitest'
import { BodyPieces } from './body-pieces.js'

const piece = (text: string): Buffer => Buffer.from(text)

/** A body whose pieces arrive when the test says so. */
function waiting() {
  const waiters: { resolve(chunk: Buffer | undefined): void; reject(error: unknown): void }[] = []
  let closed = 0
  const pieces = new BodyPieces(
    () => new Promise((resolve, reject) => waiters.push({ resolve, reject })),
    () => {
      closed += 1
    },
  )
  return { pieces, waiters, closed: () => closed }
}

/** A body whose pieces are there. */
function ready(...chunks: readonly (Buffer | Error)[]) {
  const left = [...chunks]
  let closed = 0
  const pieces = new BodyPieces(
    () => {
      const next = left.shift()
      return next instanceof Error ? Promise.reject(next) : next
    },
    () => {
      closed += 1
    },
  )
  return { pieces, left, closed: () => closed }
}

async function texts(pieces: BodyPieces): Promise<string[]> {
  const found: string[] = []
  for await (const chunk of pieces) found.push(chunk.toString())
  return found
}

describe('the pieces of a body', () => {
  it('come in order, then the end, which closes once and repeats', async () => {
    const { pieces, closed } = ready(piece('a'), piece('b'))
    expect(await texts(pieces)).toEqual(['a', 'b'])
    expect(await pieces.next()).toEqual({ value: undefined, done: true })
    expect(closed()).toBe(1)
  })

  it('end at an empty piece', async () => {
    const { pieces, left } = ready(piece('a'), piece(''), piece('b'))
    expect(await texts(pieces)).toEqual(['a'])
    expect(left).toHaveLength(1)
  })

  it('end with an error, which is thrown once and closes', async () => {
    const { pieces, closed } = ready(piece('a'), new Error('broken'), piece('b'))
    await pieces.next()
    await expect(pieces.next()).rejects.toThrow('broken')
    expect(await pieces.next()).toEqual({ value: undefined, done: true })
    expect(closed()).toBe(1)
  })

  it('asked for all at once are read one at a time, in order', async () => {
    const { pieces, waiters } = waiting()
    const asked = [pieces.next(), pieces.next(), pieces.next(), pieces.next()]
    for (const chunk of [piece('a'), piece('b'), undefined]) {
      expect(waiters).toHaveLength(1)
      waiters.pop()?.resolve(chunk)
      await new Promise(setImmediate)
    }
    expect(waiters).toHaveLength(0)
    const values = (await Promise.all(asked)).map(({ value }) => value?.toString())
    expect(values).toEqual(['a', 'b', undefined, undefined])
  })

  it('asked for behind one that fails end', async () => {
    const { pieces, waiters } = waiting()
    const first = pieces.next()
    const second = pieces.next()
    waiters.pop()?.reject(new Error('broken'))
    await expect(first).rejects.toThrow('broken')
    expect(await second).toEqual({ value: undefined, done: true })
    expect(waiters).toHaveLength(0)
  })

  it('left before the first one close', async () => {
    const { pieces, left, closed } = ready(piece('a'))
    expect(await pieces.return()).toEqual({ value: undefined, done: true })
    expect(closed()).toBe(1)
    expect(await texts(pieces)).toEqual([])
    expect(left).toHaveLength(1)
  })

  it('left while one is awaited close at once and wait for it', async () => {
    const { pieces, waiters, closed } = waiting()
    const step = pieces.next()
    let over = false
    const left = pieces.return().then(() => {
      over = true
    })
    expect(closed()).toBe(1)
    await new Promise(setImmediate)
    expect(over).toBe(false)
    waiters.pop()?.reject(new Error('closed'))
    await expect(step).rejects.toThrow('closed')
    await left
  })

  it('left by break, throw and disposal close', async () => {
    const broken = ready(piece('a'), piece('b'))
    for await (const _ of broken.pieces) break
    const thrown = ready(piece('a'))
    await expect(thrown.pieces.throw(new Error('enough'))).rejects.toThrow('enough')
    const disposed = ready(piece('a'))
    await disposed.pieces[Symbol.asyncDispose]()
    expect([broken.closed(), thrown.closed(), disposed.closed()]).toEqual([1, 1, 1])
    expect(await texts(disposed.pieces)).toEqual([])
  })
})
