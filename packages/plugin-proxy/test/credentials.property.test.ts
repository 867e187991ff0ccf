/**
 * Whatever the headers, the route and the redirects: a secret arrives at the hop it belongs to and at no other. Origins,
 * proxies and everything readable on the way record every header they get.
 */
import { PoolManager } from '@rockpool/core'
import { redirect } from '@rockpool/plugin-retry'
import { tls } from '@rockpool/plugin-tls'
import fc from 'fast-check'
import { describe, it } from 'vitest'
import { proxy } from '../src/index.js'
import { authority, trust } from './support/calls.js'
import { origin, type Seen, type TestOrigin } from './support/origin.js'
import { proxyServer, type TestProxy } from './support/proxy-server.js'

/** A hop of the call: what it is reached by, and what it saw. */
interface World {
  readonly origins: Record<'http' | 'http2' | 'https' | 'https2', TestOrigin>
  readonly proxies: Record<'http' | 'http2' | 'https', TestProxy>
}

type OriginName = keyof World['origins']
type ProxyName = keyof World['proxies']

const cased = (name: string) =>
  fc
    .array(fc.boolean(), { minLength: name.length, maxLength: name.length })
    .map((upper) =>
      [...name]
        .map((letter, index) => (upper[index] === true ? letter.toUpperCase() : letter.toLowerCase()))
        .join(''),
    )
const originName = fc.constantFrom<OriginName>('http', 'http2', 'https', 'https2')
const proxyName = fc.constantFrom<ProxyName>('http', 'http2', 'https')

const scenario = fc.record({
  configured: proxyName,
  perRequest: fc.option(fc.oneof(proxyName, fc.constant(false as const)), { nil: undefined, freq: 2 }),
  bypassed: fc.subarray<OriginName>(['http', 'http2', 'https', 'https2']),
  forwardHttps: fc.boolean(),
  credentials: fc.constantFrom('url', 'auth', 'function', 'header', 'none'),
  hops: fc.array(originName, { minLength: 1, maxLength: 4 }),
  names: fc.record({
    authorization: cased('authorization'),
    proxyAuthorization: cased('proxy-authorization'),
  }),
  ownProxyAuthorization: fc.boolean(),
  others: fc.dictionary(fc.stringMatching(/^X-[A-Za-z]{1,8}$/), fc.stringMatching(/^[ -~]{0,20}$/), {
    maxKeys: 4,
  }),
})

const text = (seen: readonly Seen[]): string =>
  seen
    .map(({ target, headers }) => `${target}\n${headers.map((line) => line.join(': ')).join('\n')}`)
    .join('\n\n')

async function build(): Promise<World & { plan: OriginName[] }> {
  const plan: OriginName[] = []
  const world = {} as { origins: World['origins']; proxies: World['proxies'] }
  const next = (request: { url?: string | undefined }): string | undefined => {
    const hop = Number(/hop=(\d+)/.exec(request.url ?? '')?.[1] ?? 0) + 1
    const name = plan[hop]
    return name === undefined ? undefined : `${world.origins[name].url}/?hop=${hop}`
  }
  const answer: Parameters<typeof origin>[0] = (request, response) => {
    const location = next(request)
    if (location !== undefined) response.writeHead(302, { Location: location })
    response.end('done')
  }
  world.origins = {
    http: await origin(answer),
    http2: await origin(answer),
    https: await origin(answer, authority),
    https2: await origin(answer, authority),
  }
  world.proxies = {
    http: await proxyServer(),
    http2: await proxyServer(),
    https: await proxyServer({ authority }),
  }
  return { ...world, plan }
}

describe('credentials', () => {
  it('reach the hop they belong to and no other, on any route', async () => {
    const world = await build()
    const { origins, proxies, plan } = world
    await fc.assert(
      fc.asyncProperty(scenario, async (given) => {
        for (const { seen } of [...Object.values(origins), ...Object.values(proxies)]) seen.length = 0
        plan.splice(0, plan.length, ...given.hops)
        const own = proxies[given.configured]
        const secret = 'PROXYSECRET'
        const basic = `Basic ${Buffer.from(`user:${secret}`).toString('base64')}`
        const plugins = [
          tls(trust),
          redirect({ allowDowngrade: true }),
          proxy({
            url: given.credentials === 'url' ? own.url.replace('://', `://user:${secret}@`) : own.url,
            headers: {
              'X-Proxy-Only': 'PROXYHEADER',
              ...(given.credentials === 'header' && { 'Proxy-Authorization': basic }),
            },
            ...(given.credentials === 'auth' && { auth: { username: 'user', password: secret } }),
            ...(given.credentials === 'function' && { auth: () => basic }),
            noProxy: given.bypassed.map((name) => new URL(origins[name].url).host),
            // Node's test proxy speaks plain http to origins, so https cannot be forwarded to a real one.
            useForwardingForHttps:
              given.forwardHttps &&
              given.hops.every((name) => name.startsWith('http') && !name.startsWith('https')),
            tls: trust,
          }),
        ] as const
        await using manager = new PoolManager({ plugins })
        const [first] = given.hops as [OriginName]
        await manager.request('GET', `${origins[first].url}/?hop=0`, {
          headers: {
            ...given.others,
            [given.names.authorization]: 'Bearer ORIGINSECRET',
            ...(given.ownProxyAuthorization && { [given.names.proxyAuthorization]: 'Bearer CALLERSECRET' }),
          },
          ...(given.perRequest !== undefined && {
            proxy: given.perRequest === false ? false : proxies[given.perRequest].url,
          }),
        })
        check(world, given, first, basic)
      }),
      { numRuns: 150 },
    )
  }, 120_000)
})

type Scenario = typeof scenario extends fc.Arbitrary<infer Value> ? Value : never

/** One thing that must not have happened: `secret` seen at `place`. */
type Leak = readonly [place: string, seen: string, secret: string]

function check(world: World, given: Scenario, first: OriginName, basic: string): void {
  const leaks = [...atOrigins(world, given, first, basic), ...atProxies(world, given, basic)]
  for (const [place, seen, secret] of leaks) {
    if (seen.includes(secret)) throw new Error(`${secret} was seen by ${place}`)
  }
  const own = world.proxies[given.configured].seen
  const told = given.credentials === 'none' || given.perRequest !== undefined
  if (!told && own.some((each) => !text([each]).includes(basic)))
    throw new Error('the proxy was not told who asks')
}

function* atOrigins({ origins }: World, given: Scenario, first: OriginName, basic: string): Generator<Leak> {
  for (const name of Object.keys(origins) as OriginName[]) {
    const seen = text(origins[name].seen)
    for (const secret of [basic, 'CALLERSECRET', 'PROXYSECRET']) yield [name, seen, secret]
    // What is forwarded the test proxy hands on, this field included; a tunnel and the direct way never have it.
    const direct =
      given.perRequest === false || (given.perRequest === undefined && given.bypassed.includes(name))
    if (direct || name.startsWith('https')) yield [name, seen, 'PROXYHEADER']
    if (name !== first) yield [name, seen, 'ORIGINSECRET']
  }
}

function* atProxies({ proxies }: World, given: Scenario, basic: string): Generator<Leak> {
  for (const [name, { seen }] of Object.entries(proxies)) {
    if (name !== given.configured) {
      yield [name, text(seen), 'PROXYHEADER']
      yield [name, text(seen), basic]
    }
    for (const each of seen.filter(({ method }) => method === 'CONNECT')) {
      yield [`CONNECT to ${name}`, text([each]), 'ORIGINSECRET']
      yield [`CONNECT to ${name}`, text([each]), 'CALLERSECRET']
    }
  }
}
