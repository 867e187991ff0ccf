import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describePlugin } from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url))

interface Metrics {
  readonly plugin: NonNullable<Parameters<typeof describePlugin>[0]>
  text(): string
  close(): void
}
const { PoolMetrics } = (await import(/* @vite-ignore */ here('./pool-metrics.mjs'))) as {
  PoolMetrics: new () => Metrics
}
const { Counter } = (await import(/* @vite-ignore */ here('./prometheus.mjs'))) as {
  Counter: new () => { add(labels: object): void; lines(name: string, help: string): string[] }
}

describe('the metrics example', () => {
  it('counts every call by how it ended, resends by reason, and connections', async () => {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [here('./main.mjs')], {
      timeout: 30_000,
    })
    expect(stderr).toBe('')
    for (const line of [
      'rockpool_calls_total{pool="api",method="GET",outcome="200"} 10',
      'rockpool_calls_total{pool="api",method="POST",outcome="ERR_PROTOCOL"} 1',
      'rockpool_calls_total{pool="api",method="GET",outcome="ERR_DEADLINE"} 1',
      'rockpool_calls_total{pool="api",method="GET",outcome="aborted"} 1',
      'rockpool_resends_total{pool="api",reason="retry"} 1',
      'rockpool_call_seconds_bucket{pool="api",le="+Inf"} 13',
      'rockpool_call_seconds_count{pool="api"} 13',
      'rockpool_connections{pool="api",state="active"} 0',
      'rockpool_waiters{pool="api"} 0',
    ]) {
      expect(stdout.split('\n')).toContain(line)
    }
    expect(stdout).toMatch(/^rockpool_connections_opened_total \d+$/m)
    expect(stdout).toMatch(/^rockpool_connections_closed_total\{reason="aborted"\} 1$/m)
  })

  it('writes text in which every line is one that Prometheus reads, whatever is in a label', () => {
    const counter = new Counter()
    counter.add({ pool: 'a "b"\n\\' })
    const lines = counter.lines('calls', 'Calls.')
    expect(lines).toEqual(['# HELP calls Calls.', '# TYPE calls counter', 'calls{pool="a \\"b\\"\\n\\\\"} 1'])
  })

  it('gives buckets that hold what the smaller ones hold', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [here('./main.mjs')], { timeout: 30_000 })
    const counts = [...stdout.matchAll(/_bucket\{pool="api",le="[^"]+"\} (\d+)/g)].map(([, count]) =>
      Number(count),
    )
    expect(counts).toHaveLength(12)
    expect(counts).toEqual([...counts].sort((one, other) => one - other))
  })
})

const metrics = new PoolMetrics()
describePlugin(metrics.plugin, {
  name: 'the plugin of the metrics example',
  describe,
  it,
  validOptions: { name: 'api' },
  invalidOptions: [[{ name: '' }, 'name']],
})
