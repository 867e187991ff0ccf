// Run with few file descriptors by descriptors.test.ts: asks for more connections than there can be, says what came of it,
// then asks again.   node without-descriptors.mjs <port>
import { HTTPConnectionPool } from '@rockpool/core'

const pool = new HTTPConnectionPool('127.0.0.1', Number(process.argv[2]), { maxSize: 400, block: true })
const call = () =>
  pool.request('GET', '/').then(
    ({ status }) => String(status),
    ({ name, sent, phase, cause }) => `${name} ${phase} ${sent} ${cause?.code}`,
  )

let failed = 0
const calls = Array.from({ length: 300 }, () => {
  const outcome = call()
  void outcome.then((text) => {
    // The server answers nobody until it hears that some were refused.
    if (text !== '200' && ++failed === 1) process.stdout.write('refused\n')
  })
  return outcome
})
const outcomes = await Promise.all(calls)
const again = []
for (let round = 0; round < 20; round += 1) again.push(await call())
const { pools } = pool.inspect()
const busy = pools.reduce((sum, { active, dialing, waiters }) => sum + active + dialing + waiters.length, 0)
await pool.close()
process.stdout.write(
  `${JSON.stringify({ outcomes: [...new Set(outcomes)].sort(), again: [...new Set(again)], busy })}\n`,
)
