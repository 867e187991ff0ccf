// What the heap check runs: everything installed, and each lane another way of using it, because a leak lives on a path.
// It also tells what the process holds at rest: timers, sockets, listeners.
import { subscribe } from 'node:diagnostics_channel'
import { getEventListeners } from 'node:events'
import { Socket } from 'node:net'
import v8 from 'node:v8'
import { PoolManager } from 'rockpool'
import { poolOptions, version } from './rockpool-tools.mjs'

async function readStream(response) {
  let bytes = 0
  for await (const chunk of response) bytes += chunk.length
  return bytes
}

/** The ways of a call; `signal` is one that lives as long as the process, the classical place to pile up listeners. */
function waysOf(manager, url, signal) {
  const headers = { accept: 'text/plain', 'x-request': 'heap' }
  return [
    () => manager.request('GET', url),
    () => manager.request('GET', url, { signal }),
    async () => readStream(await manager.request('GET', url, { preloadContent: false })),
    () => manager.request('GET', url, { headers, query: { page: 1 } }),
    async () => (await manager.request('GET', url, { preloadContent: false, signal })).drain(),
    () => manager.request('HEAD', url),
    () => manager.request('GET', url, { timeout: { connect: 5_000, read: 5_000, total: 10_000 } }),
    () => manager.request('GET', url, { retries: 2, redirect: false }),
  ]
}

/** Counts objects of a class in the heap; not there on the first releases of Node 20. */
const { queryObjects } = v8

const listenersOf = (emitter) =>
  emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0)

/** Every timer there is, also those that do not keep the process alive; `getActiveResourcesInfo` names only the others. */
function timers() {
  const one = setTimeout(() => {}, 0)
  clearTimeout(one)
  const active = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
  return queryObjects === undefined ? active : queryObjects(one.constructor, { format: 'count' })
}

/** Sockets as they are opened, not kept alive by being known here. */
function watchSockets() {
  const seen = new Set()
  subscribe('net.client.socket', ({ socket }) => seen.add(new WeakRef(socket)))
  return () => {
    for (const reference of seen) if (reference.deref() === undefined) seen.delete(reference)
    return [...seen].map((reference) => reference.deref())
  }
}

export async function open(setup) {
  const opened = watchSockets()
  const manager = new PoolManager(poolOptions(setup))
  const abort = new AbortController()
  const ways = waysOf(manager, setup.origin + setup.path, abort.signal)
  return {
    version,
    once: (lane) => ways[lane % ways.length](),
    /** What is held with no call under way, and nothing left that could be collected. */
    held() {
      const sockets = opened()
      const open = sockets.filter((socket) => !socket.destroyed)
      return {
        timers: timers(),
        'open sockets': open.length,
        'sockets in memory': queryObjects?.(Socket, { format: 'count' }) ?? sockets.length,
        'listeners per socket': Math.max(0, ...open.map(listenersOf)),
        'signal listeners': getEventListeners(abort.signal, 'abort').length,
        'process listeners': listenersOf(process),
        'active resources': process.getActiveResourcesInfo().length,
      }
    },
    close: () => manager.close(),
  }
}
