// The line of callers: order, leaving from anywhere, and who stands where.
import { describe, expect, it } from 'vitest'
import { type LeaseRequest, Waiter, WaiterQueue } from './waiter.js'

const request = (label: string): LeaseRequest => ({
  label,
  poolTimeout: undefined,
  connectTimeout: undefined,
  unused: false,
  onLease() {},
  onLeaseFailure() {},
})

function line(...labels: string[]): { queue: WaiterQueue; at: Record<string, Waiter> } {
  const queue = new WaiterQueue()
  const at: Record<string, Waiter> = {}
  for (const label of labels) {
    const waiter = new Waiter(request(label), 7)
    at[label] = waiter
    queue.add(waiter, false)
  }
  return { queue, at }
}

const order = (queue: WaiterQueue): string => [...queue].map((waiter) => waiter.request.label).join('')
const backwards = (queue: WaiterQueue): string => {
  let text = ''
  for (let each = queue.at(queue.size - 1); each !== undefined; each = each.previous)
    text += each.request.label
  return text
}

describe('a line of callers', () => {
  it('is empty at first', () => {
    const queue = new WaiterQueue()
    expect([queue.size, queue.first, queue.at(0), [...queue]]).toEqual([0, undefined, undefined, []])
  })

  it('keeps the order of coming', () => {
    const { queue, at } = line('a', 'b', 'c')
    expect([queue.size, queue.first, order(queue), backwards(queue)]).toEqual([3, at.a, 'abc', 'cba'])
    expect([at.a?.queued, at.a?.since]).toEqual([true, 7])
  })

  it('lets one who has stood in it before stand at its front', () => {
    const { queue } = line('a', 'b')
    queue.add(new Waiter(request('x'), 0), true)
    expect([order(queue), backwards(queue), queue.size]).toEqual(['xab', 'bax', 3])
    const empty = new WaiterQueue()
    empty.add(new Waiter(request('x'), 0), true)
    empty.add(new Waiter(request('y'), 0), false)
    expect([order(empty), backwards(empty)]).toEqual(['xy', 'yx'])
  })

  it.each(['a', 'b', 'c', 'd'])('lets %s leave, once', (label) => {
    const { queue, at } = line('a', 'b', 'c', 'd')
    const waiter = at[label] as Waiter
    expect(queue.remove(waiter)).toBe(true)
    const rest = 'abcd'.replace(label, '')
    expect([order(queue), backwards(queue), queue.size]).toEqual([rest, [...rest].reverse().join(''), 3])
    expect([waiter.queued, waiter.next, waiter.previous]).toEqual([false, undefined, undefined])
    expect(queue.remove(waiter)).toBe(false)
    expect(queue.size).toBe(3)
  })

  it('can empty and fill again', () => {
    const { queue, at } = line('a')
    queue.remove(at.a as Waiter)
    expect([queue.size, queue.first, queue.at(0)]).toEqual([0, undefined, undefined])
    queue.add(new Waiter(request('b'), 0), false)
    expect(order(queue)).toBe('b')
  })

  it('stops the time of one who leaves', () => {
    const { queue, at } = line('a')
    let stopped = 0
    ;(at.a as Waiter).cancelTimer = () => {
      stopped += 1
    }
    queue.remove(at.a as Waiter)
    queue.remove(at.a as Waiter)
    expect(stopped).toBe(1)
  })

  it('has nobody to take out who was never put in', () => {
    const { queue } = line('a')
    const request = queue.first?.request
    expect(request === undefined ? undefined : queue.remove(new Waiter(request, 0))).toBe(false)
    expect(queue.size).toBe(1)
  })

  it('finds who has so many before him, and how many somebody has', () => {
    const labels = [...'abcdefg']
    const { queue, at } = line(...labels)
    for (const [index, label] of labels.entries()) {
      expect(queue.at(index)).toBe(at[label])
      expect(queue.position(at[label] as Waiter)).toBe(index)
    }
    expect(queue.at(99)).toBe(at.g)
  })

  it('knows the place of who is among its first, while he stands in it', () => {
    const labels = [...'abcdefg']
    const { queue, at } = line(...labels)
    for (const [index, label] of labels.entries()) {
      for (const count of [0, 1, 2, 6, 7, 8]) {
        expect(queue.placeAmongFirst(count, at[label])).toBe(index < count ? index : undefined)
      }
    }
    expect(queue.placeAmongFirst(9, undefined)).toBeUndefined()
    queue.remove(at.a as Waiter)
    const places = [at.a, at.b, at.c].map((waiter) => queue.placeAmongFirst(1, waiter))
    expect(places).toEqual([undefined, 0, undefined])
  })

  it('finds anybody by walking from the nearer end', () => {
    const { queue } = line(...Array.from({ length: 100 }, (_, index) => `<${index}>`))
    expect(queue.at(98)?.request.label).toBe('<98>')
    expect(queue.at(1)?.request.label).toBe('<1>')
  })
})
