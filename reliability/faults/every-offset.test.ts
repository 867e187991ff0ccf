// A connection that is cut or reset at an offset of the answer, whatever frames it and whichever way it comes: a caller
// gets all of a body or an error, never a part that could be taken for the whole. In CI every route at some offsets; every
// byte of them by command: `npm run faults`. (Every byte of the plain route is in the core's own tests.)
import { gzipSync } from 'node:zlib'
import { faultRelay, type RelayFault, response, scriptedServer, trackLeaks } from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'
import { answeringScript, poolOn, ROUTES, type RouteName } from './matrix-routes.ts'

const STEP = process.env.FAULTS === 'full' ? 1 : 41
const TEXT = 'what the body says, and it says it twice; what the body says, and it says it twice'
const HEAD = 'HTTP/1.1 200 Fine\r\nX-Name: value\r\n'

const ANSWERS: Readonly<Record<string, Buffer>> = {
  'of known length': response(200, TEXT),
  'in chunks': Buffer.from(
    `${HEAD}Transfer-Encoding: chunked\r\n\r\n14\r\n${TEXT.slice(0, 20)}\r\n${(TEXT.length - 20).toString(16)}\r\n${TEXT.slice(20)}\r\n0\r\nX-End: yes\r\n\r\n`,
  ),
  'delimited by the end': Buffer.from(`${HEAD}\r\n${TEXT}`),
  'coded, of known length': response(200, gzipSync(TEXT), { 'Content-Encoding': 'gzip' }),
}

/** One call whose first connection has the fault; how it ended. */
async function callThrough(
  route: RouteName,
  port: number,
  preloadContent: boolean,
): Promise<{ body: string } | { error: string }> {
  const pool = poolOn(route, port, { block: true, maxSize: 1, timeout: { connect: 20_000, read: 20_000 } })
  try {
    const answer = await pool.request('GET', '/', { preloadContent })
    return { body: await answer.text() }
  } catch (error) {
    return { error: (error as Error).name }
  } finally {
    await pool.close({ graceMs: 0 })
  }
}

for (const route of ROUTES) {
  describe(`on the ${route} route`, () => {
    for (const [what, bytes] of Object.entries(ANSWERS)) {
      it(`an answer ${what}, broken off at any byte, is whole or an error`, async () => {
        const leaks = trackLeaks()
        let whole = 0
        let errors = 0
        {
          await using server = await scriptedServer(answeringScript(route, bytes), { record: false })
          await using relay = await faultRelay(server)
          expect(await callThrough(route, relay.port, true)).toEqual({ body: TEXT })
          const length = relay.connections[0]?.forwarded.toClient ?? 0
          const offsets = Array.from({ length: Math.ceil(length / STEP) }, (_, index) => index * STEP)
          for (const at of [...offsets, length - 1]) {
            for (const kind of ['cut', 'reset'] as const) {
              const fault: RelayFault = { kind, at }
              relay.plan = [fault]
              const outcome = await callThrough(route, relay.port, at % 2 === 0)
              if ('error' in outcome) {
                errors += 1
                expect(outcome.error, `${kind} at ${at}`).toMatch(
                  /^(ProtocolError|IncompleteRead|DecodeError|NewConnectionError|ProxyError|SSLError)$/,
                )
                continue
              }
              whole += 1
              // Where nothing but the end tells the end, an end that comes early cannot be told; a reset can.
              const early = what === 'delimited by the end' && kind === 'cut'
              if (early) expect(TEXT.startsWith(outcome.body), `${kind} at ${at}`).toBe(true)
              else expect(outcome.body, `${kind} at ${at}`).toBe(TEXT)
            }
          }
          relay.plan = []
        }
        expect(errors).toBeGreaterThan(whole)
        await leaks.assertNone()
      }, 600_000)
    }
  })
}
