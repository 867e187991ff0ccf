// Counters and histograms in Prometheus' text format (version 0.0.4), no more of it than the example needs. In a program
// that has prom-client already, use that: what matters is in pool-metrics.mjs.

const escaped = (value) =>
  String(value).replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')

function labelled(name, labels, value) {
  const pairs = Object.entries(labels).map(([key, label]) => `${key}="${escaped(label)}"`)
  return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}`
}

/** `rows`: pairs of labels and value. */
export function family(name, type, help, rows) {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...rows.map((row) => labelled(...row))]
}

/** Counts by labels. */
export class Counter {
  #values = new Map()

  add(labels, by = 1) {
    const key = JSON.stringify(labels)
    const entry = this.#values.get(key) ?? { labels, value: 0 }
    entry.value += by
    this.#values.set(key, entry)
  }

  lines(name, help) {
    return family(
      name,
      'counter',
      help,
      [...this.#values.values()].map(({ labels, value }) => [name, labels, value]),
    )
  }
}

/** Counts by how much, in buckets of which each holds what the smaller ones hold. */
export class Histogram {
  #bounds
  #series = new Map()

  constructor(bounds) {
    this.#bounds = bounds
  }

  observe(labels, value) {
    const key = JSON.stringify(labels)
    const series = this.#series.get(key) ?? { labels, buckets: this.#bounds.map(() => 0), sum: 0, count: 0 }
    this.#series.set(key, series)
    for (const [index, bound] of this.#bounds.entries()) if (value <= bound) series.buckets[index] += 1
    series.sum += value
    series.count += 1
  }

  lines(name, help) {
    const rows = [...this.#series.values()].flatMap(({ labels, buckets, sum, count }) => [
      ...this.#bounds.map((le, index) => [`${name}_bucket`, { ...labels, le }, buckets[index]]),
      [`${name}_bucket`, { ...labels, le: '+Inf' }, count],
      [`${name}_sum`, labels, sum],
      [`${name}_count`, labels, count],
    ])
    return family(name, 'histogram', help, rows)
  }
}
