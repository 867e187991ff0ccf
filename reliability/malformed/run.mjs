// `npm run malformed`: the whole catalogue of responses, good and bad, through the codec in every cut and through a pool over
// real sockets; then every message one byte away from a good one, against the grammar. Writes reports/reliability/malformed.json.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { writeResult } from '../results.mjs'

// The catalogue and its helpers are TypeScript: started again with the loader.
if (process.env.ROCKPOOL_SOURCES !== '1') {
  const register = new URL('../loader/register.mjs', import.meta.url).href
  const args = ['--import', register, fileURLToPath(import.meta.url)]
  const env = { ...process.env, ROCKPOOL_SOURCES: '1' }
  process.exit(spawnSync(process.execPath, args, { stdio: 'inherit', env }).status ?? 1)
}

const { disagreement } = await import('../../packages/core/test/codec/agreement.ts')
const { isRefused, responseCases } = await import('../../packages/core/test/codec/catalogue.ts')
const { damaged, MESSAGES } = await import('../../packages/core/test/codec/damage.ts')
const { responseLog, whole } = await import('../../packages/core/test/codec/event-log.ts')
const { throughCodec } = await import('./through-codec.mjs')
const { caseServer, throughPool } = await import('./through-pool.mjs')

const refusedCases = responseCases.filter(isRefused)
const counts = {
  cases: responseCases.length,
  'must refuse': refusedCases.length,
  'must accept': responseCases.length - refusedCases.length,
  feeds: 0,
  'over sockets': 0,
  'accepted wrongly': 0,
  'refused wrongly': 0,
  'read otherwise': 0,
  'connection kept or closed wrongly': 0,
  'next request poisoned': 0,
  'one byte away': 0,
  'not as the grammar says': 0,
}
const KINDS = {
  acceptedWrongly: 'accepted wrongly',
  refusedWrongly: 'refused wrongly',
  readOtherwise: 'read otherwise',
  keptWrongly: 'connection kept or closed wrongly',
  poisoned: 'next request poisoned',
}
const failures = []
const note = (problems) => {
  for (const { kind, text } of problems) {
    counts[KINDS[kind]] += 1
    failures.push(text)
  }
}

for (const row of responseCases) {
  const { feeds, problems } = throughCodec(row)
  counts.feeds += feeds
  note(problems)
}

const peer = await caseServer()
// CONNECT is a tunnel's method, not a caller's.
for (const row of responseCases.filter(({ group }) => group !== 'tunnels')) {
  for (const piecemeal of [false, true]) {
    for (const preloadContent of [true, false]) {
      counts['over sockets'] += 1
      note(await throughPool(peer, row, { piecemeal, preloadContent }))
    }
  }
}
await peer.close()

for (const [name, message] of Object.entries(MESSAGES)) {
  for (const bytes of damaged(message.bytes)) {
    counts['one byte away'] += 1
    const exchange = { ...message, bytes }
    const problem = disagreement(exchange, responseLog(exchange, whole))
    if (problem === undefined) continue
    counts['not as the grammar says'] += 1
    failures.push(`${name}: ${JSON.stringify(bytes)}: ${problem}`)
  }
}

const { ok } = writeResult('malformed', {
  command: 'npm run malformed',
  counts,
  failures: failures.slice(0, 200),
})
console.log(counts)
for (const failure of failures.slice(0, 20)) console.log(failure)
process.exitCode = ok ? 0 : 1
