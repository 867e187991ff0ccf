// Metrics of pools, from the three places where a pool tells about itself:
//
// - `onSettle`, once per call whatever became of it: counts and latencies. A plugin, so that each pool has its name.
// - `inspect()`, a picture of the moment: gauges, taken when somebody asks and not on every request.
// - `node:diagnostics_channel`, for the whole process: connections opened and closed, in pools that know nothing of us.
//
// Labels are few on purpose. A URL or a host in one, and the series are as many as your users are creative.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { channelNames, HTTPError } from '@rockpool/core'
import { definePlugin, stages } from '@rockpool/core/plugin'
import { z } from 'zod'
import { Counter, family, Histogram } from './prometheus.mjs'

/** Seconds, as Prometheus wants them. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'QUERY'])

/** One for a process; any number of pools report to it. */
export class PoolMetrics {
  #calls = new Counter()
  #resends = new Counter()
  #seconds = new Histogram(BOUNDS)
  #opened = new Counter()
  #closed = new Counter()
  #pools = new Map()

  constructor() {
    subscribe(channelNames.connectionOpen, this.#onOpen)
    subscribe(channelNames.connectionClose, this.#onClose)
  }

  /** The plugin that counts the calls of one pool: `plugins: [metrics.plugin({ name: 'api' })]`. */
  plugin = definePlugin({
    name: 'metrics',
    options: z.strictObject({ name: z.string().min(1) }),
    apply: (host, { name }) => {
      host.hooks.onSettle.tap({ name: 'metrics', stage: stages.onSettle.observe }, (exchange) => {
        const method = METHODS.has(exchange.method) ? exchange.method : 'other'
        this.#calls.add({ pool: name, method, outcome: outcomeOf(exchange) })
        this.#seconds.observe({ pool: name }, (host.clock.now() - exchange.startedAt) / 1_000)
        for (const { reason } of exchange.history) this.#resends.add({ pool: name, reason })
      })
      // A closed pool has no gauges.
      return () => void this.#pools.delete(name)
    },
  })

  /** Reports the gauges of a pool or manager until it is closed. */
  watch(name, pool) {
    this.#pools.set(name, pool)
    return pool
  }

  /** What a scrape gets: `text/plain; version=0.0.4`. */
  text() {
    const pictures = [...this.#pools].map(([name, pool]) => [name, pool.inspect()])
    const gauge = (name, help, rows) => family(name, 'gauge', help, rows)
    const lines = [
      ...this.#calls.lines('rockpool_calls_total', 'Calls that have ended, by how.'),
      ...this.#resends.lines(
        'rockpool_resends_total',
        'Attempts that another one followed, by who asked for it.',
      ),
      ...this.#seconds.lines('rockpool_call_seconds', 'From the call to the end of the body.'),
      ...this.#opened.lines('rockpool_connections_opened_total', 'Connections opened in this process.'),
      ...this.#closed.lines(
        'rockpool_connections_closed_total',
        'Connections closed in this process, by reason.',
      ),
      ...gauge('rockpool_connections', 'Connections now.', pictures.flatMap(connectionRows)),
      ...gauge(
        'rockpool_waiters',
        'Calls in line for a connection.',
        pictures.map(([pool, { waiters }]) => ['rockpool_waiters', { pool }, waiters.length]),
      ),
    ]
    return `${lines.join('\n')}\n`
  }

  /** Stops listening to the process. */
  close() {
    unsubscribe(channelNames.connectionOpen, this.#onOpen)
    unsubscribe(channelNames.connectionClose, this.#onClose)
  }

  #onOpen = () => this.#opened.add({})
  #onClose = ({ reason }) => this.#closed.add({ reason })
}

function connectionRows([pool, { pools }]) {
  return ['idle', 'active', 'dialing'].map((state) => {
    const count = pools.reduce((sum, each) => sum + each[state], 0)
    return ['rockpool_connections', { pool, state }, count]
  })
}

/** A status, or the code of an error: both come from short lists. */
function outcomeOf({ outcome, status, error }) {
  if (outcome === 'response') return String(status)
  return error instanceof HTTPError ? error.code : outcome
}
