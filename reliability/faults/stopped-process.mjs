// Run by stopped-process.test.ts, which stops it while an answer is on its way: asks, says how it ended, and whether the
// connection served again.   node stopped-process.mjs <port> <read time-out in ms>
import { HTTPConnectionPool } from '@rockpool/core'

const pool = new HTTPConnectionPool('127.0.0.1', Number(process.argv[2]), {
  maxSize: 1,
  timeout: { connect: 20_000, read: Number(process.argv[3]) },
})
const call = (path) =>
  pool.request('GET', path).then(
    (answer) => answer.text(),
    ({ name, phase }) => `${name} in phase ${phase}`,
  )
const outcomes = []
for (const path of ['/warm', '/stopped', '/again']) outcomes.push(await call(path))
await pool.close()
process.stdout.write(`${JSON.stringify(outcomes)}\n`)
