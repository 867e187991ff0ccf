// No credential reaches an origin it was not given for: every kind of change of origin, every status, name and casing.
import { describe, expect, it } from 'vitest'
import { call, type Scripted, type Setup, scripted, scriptedManager } from './support/scripted-origin.js'

const names = ['authorization', 'cookie', 'cookie2', 'proxy-authorization', 'www-authenticate']
const casings = [
  (name: string) => name,
  (name: string) => name.toUpperCase(),
  (name: string) => name.replace(/(^|-)./g, (start) => start.toUpperCase()),
]
const moves: [label: string, from: string, location: string, same: boolean][] = [
  ['the same origin', 'http://a.test/', '/next', true],
  ['the same origin, spelt out', 'http://a.test/', 'http://A.test:80/next', true],
  ['another port', 'http://a.test/', 'http://a.test:8080/', false],
  ['another host', 'http://a.test/', 'http://b.test/', false],
  ['another host without a scheme', 'http://a.test/', '//b.test/', false],
  ['a sub-domain', 'http://a.test/', 'http://www.a.test/', false],
  ['the parent domain', 'http://www.a.test/', 'http://a.test/', false],
  ['the name with a dot', 'http://a.test/', 'http://a.test./', false],
  ['http to https', 'http://a.test/', 'https://a.test/', false],
  ['https to http', 'https://a.test/', 'http://a.test/', false],
  ['localhost to its address', 'http://localhost/', 'http://127.0.0.1/', false],
  ['the address to localhost', 'http://127.0.0.1/', 'http://localhost/', false],
]
const open: Setup = { redirect: { allowDowngrade: true }, retry: { total: 9 } }

function leaked(script: Scripted, attempt: number): string[] {
  return names.filter((name) => script.sent[attempt]?.headers.has(name))
}

describe.each(moves)('%s', (_, from, location, same) => {
  it.each([301, 302, 303, 307, 308])('on %i', async (status) => {
    for (const casing of casings) {
      const headers = Object.fromEntries(names.map((name) => [casing(name), 'secret']))
      const script = scripted([[status, { Location: location }], 200])
      await call(scriptedManager(script, open), script, 'GET', from, { headers })
      expect(leaked(script, 0)).toEqual(names)
      expect(leaked(script, 1)).toEqual(same ? names : [])
      expect(Object.keys(headers)).toHaveLength(names.length)
    }
  })
})

describe('a chain', () => {
  it.each([
    ['A→B→B', ['http://b.test/', '/2']],
    ['A→B→A', ['http://b.test/', 'http://a.test/back']],
    ['A→B→C→A', ['http://b.test/', 'http://c.test/', 'http://a.test/back']],
  ])('%s never gets back what it dropped', async (_, locations) => {
    const script = scripted((_request, attempt) => {
      const location = locations[attempt]
      return location === undefined ? 200 : [302, { Location: location }]
    })
    await call(scriptedManager(script, open), script, 'GET', 'http://a.test/', {
      headers: { Authorization: 'secret' },
    })
    for (let attempt = 1; attempt <= locations.length; attempt++) expect(leaked(script, attempt)).toEqual([])
  })

  it('keeps what it dropped dropped over a retry on the other origin', async () => {
    const script = scripted([[302, { Location: 'http://b.test/' }], [503, { 'Retry-After': '1' }], 200])
    await call(scriptedManager(script, open), script, 'GET', 'http://a.test/', {
      headers: { Cookie: 'secret' },
    })
    expect(script.sent).toHaveLength(3)
    expect([leaked(script, 1), leaked(script, 2)]).toEqual([[], []])
  })
})

describe('removeHeadersOnRedirect', () => {
  const leak = async (list: string[] | undefined): Promise<string[]> => {
    const script = scripted([[302, { Location: 'http://b.test/' }], 200])
    const setup = list === undefined ? {} : { redirect: { removeHeadersOnRedirect: list } }
    const headers = { Authorization: 'a', 'X-Api-Key': 'k' }
    await call(scriptedManager(script, setup), script, 'GET', 'http://a.test/', { headers })
    return script.sent[1]?.headers.names ?? []
  }

  it('replaces the default list; an empty one keeps everything', async () => {
    expect(await leak(undefined)).toEqual(['x-api-key'])
    expect(await leak(['X-API-KEY'])).toEqual(['authorization'])
    expect(await leak(['authorization', 'x-api-key'])).toEqual([])
    expect(await leak([])).toEqual(['authorization', 'x-api-key'])
  })
})

describe('user information in a Location', () => {
  it('becomes no credential and no part of a url', async () => {
    const script = scripted([[302, { Location: 'http://user:secret@b.test/' }], 200])
    const response = await call(scriptedManager(script), script, 'GET', 'http://a.test/')
    expect(response.url).toBe('http://b.test/')
    expect(script.sent[1]?.headers.size).toBe(0)
    expect(JSON.stringify(response.history)).not.toContain('secret')
  })
})
