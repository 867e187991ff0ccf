/** Checks of a plugin among others: in any order, in two pools at once, over several attempts; and of its end. */
import assert from 'node:assert/strict'
import type { Plugin } from '@rockpool/core/plugin'
import { gate } from '../gate.js'
import { answerAll, readRequest, response, send, waitAt } from '../server/script.js'
import type { ScriptedConnection } from '../server/scripted-connection.js'
import type { ScriptedServer } from '../server/scripted-server.js'
import type { Bench } from './bench.js'
import type { Check } from './check.js'
import { observer, replacer, resender } from './probes.js'

/** Answers 503 as often as told, then 200. */
function flaky(times: number): (connection: ScriptedConnection) => Promise<void> {
  const seen = new Map<string, number>()
  return async (connection) => {
    while (connection.isOpen) {
      const { target } = await connection.readRequest()
      const count = (seen.get(target) ?? 0) + 1
      seen.set(target, count)
      await connection.send(count <= times ? response(503, 'busy') : response(200, 'hello'))
    }
  }
}

function orders<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]]
  return items.flatMap((item, index) =>
    orders([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [item, ...rest]),
  )
}

const HOOKS = ['beforeConnect', 'onRequest', 'onResponse', 'onRelease', 'onSettle']
const SUBJECT = 'subject'
const probes = (seen: Set<string>): Readonly<Record<string, () => Plugin>> => ({
  observer: () => observer(seen),
  resender: () => resender(0, 1),
  replacer,
})

/** One call, told as what was sent (names of header fields, not values: some are made anew each time) and delivered. */
async function oneOrder(bench: Bench, server: ScriptedServer, order: readonly string[]): Promise<string> {
  const seen = new Set<string>()
  const made = probes(seen)
  const plugins = order.map((name) => made[name]?.())
  const at = order.indexOf(SUBJECT)
  const present = (list: readonly (Plugin | undefined)[]): Plugin[] =>
    list.filter((each) => each !== undefined)
  const pool = bench.pool(server, {
    before: present(plugins.slice(0, at)),
    after: present(plugins.slice(at + 1)),
  })
  const path = `/${order.join('-')}`
  const answer = await bench.success(bench.call(pool, path), `the call with the order ${order.join(', ')}`)
  const body = await bench.success(answer.text(), 'its body')
  assert.deepEqual([...seen].sort(), [...HOOKS].sort(), `hooks that ran with the order ${order.join(', ')}`)
  const sent = server.connections
    .flatMap(({ requests }) => requests)
    .filter(({ target }) => target.endsWith(path))
  const heads = sent.map(({ method, headers }) => [
    method,
    ...headers.map(([name]) => name.toLowerCase()).sort(),
  ])
  return JSON.stringify({ status: answer.status, body, heads })
}

async function anyOrder(bench: Bench): Promise<void> {
  const server = await bench.serve(flaky(1))
  const results = new Map<string, string>()
  for (const order of orders([SUBJECT, 'observer', 'resender', 'replacer'])) {
    results.set(order.join(', '), await oneOrder(bench, server, order))
  }
  const [[firstOrder, first] = ['', '']] = results
  assert.equal(
    JSON.parse(first).body,
    bench.settings.expectedBody('hello').toUpperCase(),
    'the body that was delivered',
  )
  for (const [order, result] of results) assert.equal(result, first, `order ${order}, against ${firstOrder}`)
}

async function doesNotPileUp(bench: Bench): Promise<void> {
  const server = await bench.serve(flaky(2))
  const pool = bench.pool(server, { after: [resender(0, 2)] })
  await bench.expectText(pool, '/flaky', 'hello')
  await bench.expectText(pool, '/flaky', 'hello')
  const sent = server.connections.flatMap(({ requests }) => requests)
  const [first, ...later] = sent.map(({ headers }) => linesByName(headers))
  for (const lines of later) {
    for (const [name, count] of lines) {
      const most = Math.max(1, first?.get(name) ?? 0)
      assert.ok(count <= most, `${name} is sent ${count} times in a later attempt`)
    }
  }
}

function linesByName(headers: readonly (readonly [string, string])[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const [name, value] of headers) {
    // A list grows by members as well as by lines.
    const members = value.split(',').length
    counts.set(name.toLowerCase(), (counts.get(name.toLowerCase()) ?? 0) + members)
  }
  return counts
}

async function twoPools(bench: Bench): Promise<void> {
  const plugin = bench.settings.make()
  const middle = gate()
  const slow = await bench.serve([
    readRequest(),
    waitAt(middle),
    send(response(200, 'slow')),
    answerAll(response(200, 'slow')),
  ])
  const quick = await bench.serve(answerAll(response(200, 'quick')))
  const [first, second] = [bench.pool(slow, { plugin }), bench.pool(quick, { plugin })]
  const held = bench.call(first, '/held')
  await bench.expectText(second, '/one', 'quick')
  await bench.success(Promise.race([middle.reached, held]), 'the first pool, on its way to its server')
  await bench.success(second.close(), 'closing the second pool')
  middle.open()
  const answer = await bench.success(held, 'the call of the first pool')
  assert.equal(await answer.text(), bench.settings.expectedBody('slow'))
  await bench.expectText(first, '/after', 'slow')
}

async function endsAtClose(bench: Bench): Promise<void> {
  bench.pool(await bench.serve([]))
  const server = await bench.serve(answerAll(response(200, 'hello')))
  const used = bench.pool(server)
  await bench.expectText(used, '/', 'hello')
  // That the disposer runs once and leaves no timer and no listener is asked of every check, by Bench.finish.
  await bench.success(Promise.all([used.close(), used.close()]), 'close(), called twice at once')
  const open = (): number => server.connections.filter(({ isOpen }) => isOpen).length
  await bench.until(() => open() === 0, 'the end of every socket at close()')
}

/** See the file's head. */
export const companyChecks: readonly Check[] = [
  { name: 'gives the same bytes in every order of installation', run: anyOrder },
  { name: 'does not pile up header lines over the attempts of a call', run: doesNotPileUp },
  { name: 'does not disturb itself when one instance is in two pools', run: twoPools },
  { name: 'is disposed of once, at close, and leaves no timer and no listener', run: endsAtClose },
]
