// `npm run fuzz`: every target for a while. `--minutes N` or `--seconds N` for each, `--target codec` for one, `--seed N`, and
// `--save` to keep what was found as the new corpus. Writes reports/reliability/fuzz.json; a failure makes the exit code 1.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    seconds: { type: 'string' },
    target: { type: 'string', multiple: true },
    seed: { type: 'string' },
    save: { type: 'boolean', default: false },
  },
})

// The sources have to be loaded with counters: done by starting again with the loader.
if (process.env.ROCKPOOL_FUZZ_WATCH !== '1') {
  const register = new URL('../loader/register.mjs', import.meta.url).href
  const args = ['--import', register, fileURLToPath(import.meta.url), ...process.argv.slice(2)]
  const env = { ...process.env, ROCKPOOL_FUZZ_WATCH: '1' }
  process.exit(spawnSync(process.execPath, args, { stdio: 'inherit', env }).status ?? 1)
}

const { root, writeResult } = await import('../results.mjs')
const { fuzz, writeCorpus } = await import('./engine.mjs')
const { chunked, codec } = await import('./targets/responses.mjs')
const { headers, server } = await import('./targets/requests.mjs')
const { url } = await import('./targets/urls.mjs')
const { decode } = await import('./targets/codings.mjs')

const targets = [codec, chunked, server, headers, url, decode]
const chosen =
  values.target === undefined ? targets : targets.filter(({ name }) => values.target.includes(name))
if (chosen.length === 0)
  throw new Error(`no such target; there are ${targets.map(({ name }) => name).join(', ')}`)
const each =
  values.minutes === undefined ? Number(values.seconds ?? 60) * 1_000 : Number(values.minutes) * 60_000
const seed = Number(values.seed ?? Date.now() % 1_000_000_007)

const counts = {}
const failures = []
for (const target of chosen) {
  const began = performance.now()
  const result = await fuzz(target, { until: began + each, seed, log: (text) => console.log(text) })
  const seconds = Math.round((performance.now() - began) / 1_000)
  const corpus = values.save ? await writeCorpus(target, result.corpus) : result.corpus.length
  Object.assign(counts, {
    [`${target.name} executions`]: result.executions,
    [`${target.name} seconds`]: seconds,
    [`${target.name} corpus`]: corpus,
    [`${target.name} crashes`]: result.crashes.size,
  })
  for (const { file, message, input } of result.crashes.values())
    failures.push(`${target.name}: ${message} – ${JSON.stringify(input)} (${file})`)
  console.log(
    `${target.name}: ${result.executions} inputs in ${seconds} s, ${result.found} of them new, ${result.crashes.size} failures, at most ${Math.round(100 * result.load)} % of the steps allowed`,
  )
}
// A target that is not run now keeps what was measured before; read as late as this, since another run may have ended meanwhile.
const earlier = join(root, 'reports', 'reliability', 'fuzz.json')
const before = existsSync(earlier) ? JSON.parse(readFileSync(earlier, 'utf8')) : { counts: {}, failures: [] }
const others = before.failures.filter((text) => !chosen.some(({ name }) => text.startsWith(`${name}: `)))
const command = `npm run fuzz -- ${process.argv.slice(2).join(' ')}`.trim()
const { ok } = writeResult('fuzz', {
  command,
  counts: { ...before.counts, ...counts },
  failures: [...others, ...failures],
  seed,
})
for (const failure of failures) console.log(failure.slice(0, 600))
console.log(`seed ${seed}: ${failures.length} failures`)
process.exitCode = ok ? 0 : 1
