// The fuzzer: takes an input that is known to lead somewhere, changes it, keeps it when it leads somewhere new.
//
// A target is `{ name, tokens, seeds, steps: { base, perByte }, run(bytes) }`: `run` throws when something is wrong, may return a
// promise. What throws is made as small as it can be and kept in reports/fuzz/; the same message counts once.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../results.mjs'
import { begin, edges, end, isNews, passed, TooManySteps } from './coverage.mjs'
import { mutate } from './mutate.mjs'
import { seeded } from './random.mjs'

const corpusOf = (target) => join(root, 'reliability', 'fuzz', 'corpus', `${target.name}.json`)

/** Fuzzes one target until `until` (a `performance.now()`), at least its whole corpus. */
export async function fuzz(target, { until, seed, log = () => {} }) {
  const random = seeded(seed)
  const crashes = new Map()
  let executions = 0
  let mostSteps = 0

  const attempt = async (bytes) => {
    executions += 1
    const problem = await failureOf(target, bytes)
    mostSteps = Math.max(mostSteps, problem.steps / (target.steps.base + target.steps.perByte * bytes.length))
    if (problem.error === undefined) return
    const key = signature(problem.error)
    if (crashes.has(key)) return
    const small = await minimise(target, bytes, key)
    crashes.set(key, keepCrash(target, small, problem.error))
    log(`${target.name}: ${key}`)
  }

  const corpus = []
  const initial = [...target.seeds, ...readCorpus(target)]
  for (const bytes of initial) {
    await attempt(bytes)
    if (isNews()) corpus.push(bytes)
  }
  const known = corpus.length
  if (corpus.length === 0) corpus.push(Buffer.from('x'))
  while (performance.now() < until) {
    // The newest inputs are looked at more: that is where something was found last.
    const base = random.chance(3)
      ? corpus[corpus.length - 1 - random.below(Math.min(corpus.length, 16))]
      : random.pick(corpus)
    const bytes = mutate(base, random, target.tokens, random.pick(corpus))
    await attempt(bytes)
    if (isNews()) corpus.push(bytes)
  }
  return { executions, crashes, corpus, found: corpus.length - known, edges: edges(), load: mostSteps }
}

/** What an input does to a target. */
async function failureOf(target, bytes) {
  const { base, perByte } = target.steps
  begin(base + perByte * bytes.length)
  try {
    const pending = target.run(bytes)
    if (pending !== undefined) await pending
    return { error: undefined, steps: end() }
  } catch (error) {
    return { error, steps: end() }
  }
}

/** Two failures are the same when this is. */
function signature(error) {
  if (error instanceof TooManySteps) return `hang: ${error.message}`
  return String(error?.message ?? error)
    .replace(/"(?:[^"\\]|\\.)*"/g, '"…"')
    .replace(/\d+/g, 'n')
    .slice(0, 160)
}

/** Takes pieces out for as long as the failure stays the same; a failure that is slow to come is left a little larger. */
async function minimise(target, bytes, key) {
  let small = bytes
  let attempts = 3_000
  for (let size = Math.ceil(small.length / 2); size >= 1 && attempts > 0; ) {
    let shrunk = false
    for (let at = 0; at + size <= small.length && attempts > 0; attempts -= 1) {
      const shorter = Buffer.concat([small.subarray(0, at), small.subarray(at + size)])
      const { error } = await failureOf(target, shorter)
      if (error !== undefined && signature(error) === key) {
        small = shorter
        shrunk = true
      } else at += size
    }
    if (!shrunk || size > small.length) size = size === 1 ? 0 : Math.ceil(size / 2)
  }
  return small
}

function keepCrash(target, bytes, error) {
  const folder = join(root, 'reports', 'fuzz', target.name)
  mkdirSync(folder, { recursive: true })
  const file = join(folder, nameOf(bytes))
  writeFileSync(file, bytes)
  writeFileSync(`${file}.txt`, `${error?.stack ?? error}\n${JSON.stringify(bytes.toString('latin1'))}\n`)
  return { file, message: String(error?.message ?? error), input: bytes.toString('latin1') }
}

const nameOf = (bytes) => createHash('sha1').update(bytes).digest('hex').slice(0, 16)

/** The inputs in the repository. */
export function readCorpus(target) {
  const file = corpusOf(target)
  if (!existsSync(file)) return []
  return JSON.parse(readFileSync(file, 'utf8')).map((text) => Buffer.from(text, 'latin1'))
}

/** Replaces the corpus by the fewest, smallest inputs that pass every edge the given ones pass. Returns how many there are. */
export async function writeCorpus(target, inputs) {
  const covered = new Set()
  const kept = []
  const seeds = new Set(target.seeds.map((bytes) => bytes.toString('latin1')))
  const bySize = [...inputs].sort((a, b) => a.length - b.length)
  for (const bytes of [...target.seeds, ...bySize]) {
    await failureOf(target, bytes)
    const own = passed()
    if (own.every((edge) => covered.has(edge))) continue
    for (const edge of own) covered.add(edge)
    const text = bytes.toString('latin1')
    if (!seeds.has(text)) kept.push(text)
  }
  writeFileSync(corpusOf(target), `${JSON.stringify(kept, null, 2)}\n`)
  return kept.length
}
