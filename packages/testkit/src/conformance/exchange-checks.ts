/** Checks of calls that go well: right bytes, slots given back, connections used again. */
import assert from 'node:assert/strict'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { answerAll, response, type Step } from '../server/script.js'
import { turns } from '../turns.js'
import type { Bench, BenchPool } from './bench.js'
import type { Check } from './check.js'

const HELLO: Step = answerAll(response(200, 'hello'))
const CHUNKED: Step = answerAll(
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n',
)
const LONG = 'x'.repeat(300_000)
const ONE_SLOT = { maxSize: 1, block: true }

async function ordinary(bench: Bench): Promise<void> {
  const pool = bench.pool(await bench.serve(HELLO))
  await bench.expectText(pool, '/hello', 'hello')
  const answer = await bench.success(
    bench.call(pool, '/post', { method: 'POST', body: 'a body' }),
    'POST /post',
  )
  assert.equal(await bench.success(answer.text(), 'its body'), bench.settings.expectedBody('hello'))
  const other = bench.pool(await bench.serve(CHUNKED))
  await bench.expectText(other, '/chunked', 'hello world')
  await bench.expectAtRest(pool)
}

async function bodyArrives(bench: Bench): Promise<void> {
  const server = await bench.serve(HELLO)
  const pool = bench.pool(server)
  const sent = bench.call(pool, '/put', {
    method: 'PUT',
    body: 'what is sent',
    headers: { 'X-Probe': 'kept' },
  })
  await bench.success(sent, 'PUT /put')
  const request = server.connections
    .flatMap(({ requests }) => requests)
    .find(({ method }) => method === 'PUT')
  assert.ok(request !== undefined, 'the server has seen no PUT')
  assert.equal(request.body.toString(), 'what is sent', 'the body that arrived')
  assert.equal(request.header('x-probe'), 'kept', 'a header of the caller')
}

async function leavesNoLease(bench: Bench): Promise<void> {
  const pool = bench.pool(await bench.serve(HELLO), ONE_SLOT)
  for (let index = 0; index < 20; index++) await bench.expectText(pool, `/number/${index}`, 'hello')
  await bench.expectAtRest(pool)
  const together = Array.from({ length: 20 }, (_, index) =>
    bench.expectText(pool, `/together/${index}`, 'hello'),
  )
  await Promise.all(together)
  await bench.expectAtRest(pool)
}

async function reuses(bench: Bench): Promise<void> {
  const server = await bench.serve(HELLO)
  const pool = bench.pool(server)
  for (let index = 0; index < 5; index++) await bench.expectText(pool, `/number/${index}`, 'hello')
  assert.ok(
    server.connections.length <= 1,
    `${server.connections.length} connections for 5 calls, one by one`,
  )
}

/** With one slot: whatever was done with the first response, the next call gets through. */
async function slotIsBack(bench: Bench, pool: BenchPool): Promise<void> {
  await bench.expectAtRest(pool)
  const next = await bench.success(bench.call(pool, '/next', { preloadContent: false }), 'the next call')
  next.close()
  await bench.expectAtRest(pool)
}

async function streamed(
  bench: Bench,
  use: (body: AsyncIterator<Uint8Array>) => Promise<void>,
): Promise<void> {
  const pool = bench.pool(await bench.serve(answerAll(response(200, LONG))), ONE_SLOT)
  const answer = await bench.success(bench.call(pool, '/long', { preloadContent: false }), 'GET /long')
  await use(answer[Symbol.asyncIterator]())
  await slotIsBack(bench, pool)
}

async function readToEnd(bench: Bench): Promise<void> {
  await streamed(bench, async (body) => {
    const parts: Uint8Array[] = []
    for (;;) {
      const { done, value } = await bench.success(body.next(), 'a read')
      if (done === true) break
      parts.push(value)
    }
    const text = Buffer.concat(parts).toString()
    assert.ok(
      text === bench.settings.expectedBody(LONG),
      `${text.length} bytes that are not the body were read`,
    )
  })
}

async function closedEarly(bench: Bench): Promise<void> {
  await streamed(bench, async (body) => {
    await bench.success(body.next(), 'the first read')
    await bench.success(Promise.resolve(body.return?.()), 'leaving the body')
  })
  const pool = bench.pool(await bench.serve(answerAll(response(200, LONG))), ONE_SLOT)
  const unread = await bench.success(bench.call(pool, '/unread', { preloadContent: false }), 'GET /unread')
  unread.close()
  await slotIsBack(bench, pool)
}

function collector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}

async function dropped(bench: Bench): Promise<void> {
  const collect = collector()
  const pool = bench.pool(await bench.serve(answerAll(response(200, LONG))), ONE_SLOT)
  bench.expectWarnings()
  // Nothing in this function holds the response, nor does the promise, which has been let go of.
  await bench.success(
    bench.call(pool, '/dropped', { preloadContent: false }).then(() => undefined),
    'GET /dropped',
  )
  const active = (): boolean => pool.inspect().connections.some(({ state }) => state === 'active')
  for (let round = 0; round < 200 && active(); round++) {
    collect()
    await turns(5)
  }
  await slotIsBack(bench, pool)
}

/** See the file's head. */
export const exchangeChecks: readonly Check[] = [
  { name: 'works in an ordinary exchange', run: ordinary },
  { name: 'lets the body and the headers of a request arrive', run: bodyArrives },
  { name: 'leaves no lease behind: twenty calls over one connection', run: leavesNoLease },
  { name: 'lets a connection be used again', run: reuses },
  { name: 'gives the slot back when a streamed response is read to its end', run: readToEnd },
  { name: 'gives the slot back when a streamed response is closed early', run: closedEarly },
  { name: 'gives the slot back when a streamed response is dropped unread', run: dropped },
]
