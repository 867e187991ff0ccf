import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { LocationValueError, OptionsError } from '../ground/errors.js'
import { definePlugin } from '../hooks/plugin.js'
import { resolvePoolOptions } from './pool-options.js'
import { RequestOptionsReader } from './request-options.js'

const { settings: client } = resolvePoolOptions({ poolTimeout: 7 })
const polite = definePlugin({
  name: 'polite',
  requestOptions: { thanks: z.boolean().optional(), tone: z.enum(['warm', 'cool']).default('warm') },
  apply: () => undefined,
})
const reader = new RequestOptionsReader([polite()], client)

describe('the options of a request', () => {
  it('have the defaults of the reference, laid over those of the pool', () => {
    expect(reader.defaults).toMatchObject({
      connectTimeout: 10_000,
      readTimeout: 60_000,
      totalTimeout: undefined,
      poolTimeout: 7,
      signal: undefined,
      preloadContent: true,
      decodeContent: true,
      enforceContentLength: true,
      requireFraming: false,
      chunked: false,
      assertSameHost: undefined,
      releaseConnection: undefined,
      expectContinue: false,
      onInformational: undefined,
    })
  })

  it('resolve to what was given', () => {
    const { signal } = new AbortController()
    const given = { timeout: { total: 5 }, poolTimeout: null, signal, preloadContent: false, thanks: true }
    expect(reader.resolve(reader.parse(given))).toMatchObject({
      connectTimeout: 10_000,
      totalTimeout: 5,
      poolTimeout: undefined,
      signal,
      preloadContent: false,
      options: { thanks: true, tone: 'warm' },
    })
  })

  it("include the plugins' defaults, also when nothing is given", () => {
    expect(reader.defaults.options.tone).toBe('warm')
    expect(reader.parse({ tone: 'cool' })).toMatchObject({ tone: 'cool' })
  })

  const flags = [
    'encodeMultipart',
    'preloadContent',
    'decodeContent',
    'enforceContentLength',
    'requireFraming',
    'chunked',
    'assertSameHost',
    'releaseConnection',
    'expectContinue',
  ]
  it.each<[string, unknown]>([
    ...flags.flatMap((flag): [string, unknown][] => [0, 'true', null, {}].map((value) => [flag, value])),
    ...[0, -1, Number.NaN, Number.POSITIVE_INFINITY, '5', true, []].map((value): [string, unknown] => [
      'timeout',
      value,
    ]),
    ...[0, -1, Number.NaN, '5', true].map((value): [string, unknown] => ['poolTimeout', value]),
    ['signal', {}],
    ['signal', new AbortController()],
    ['signal', null],
    ['onInformational', {}],
    ['thanks', 'yes'],
    ['tone', 'hot'],
  ])('refuse %s: %j', (name, value) => {
    expect(() => reader.parse({ [name]: value })).toThrow(
      expect.objectContaining({ constructor: OptionsError, path: name }),
    )
  })

  it('are those of installed plugins only', () => {
    const without = new RequestOptionsReader([], client)
    expect(() => without.parse({ thanks: true })).toThrow('unknown request option "thanks"')
    expect(() => without.parse({ retries: 3 })).toThrow(
      '@rockpool/plugin-retry accepts it: install that plugin',
    )
    expect(() => without.parse({ read: 3 })).toThrow(
      '@rockpool/plugin-retry accepts it: install that plugin; a time-out goes into "timeout: { read }"',
    )
    expect(() => without.parse({ proxy: false })).toThrow('@rockpool/plugin-proxy')
    expect(() => reader.parse({ thank: true })).toThrow('did you mean "thanks"?')
  })

  it('name the option whose schema fails instead of answering, unless it fails with an error of ours', () => {
    const own = new LocationValueError('no place of mine')
    const slips = definePlugin({
      name: 'slips',
      requestOptions: {
        later: z.unknown().refine((value) => value === undefined || Promise.resolve(true)),
        thrown: z.unknown().refine((value) => {
          if (value !== undefined) throw value
          return true
        }),
      },
      apply: () => undefined,
    })
    const slipping = new RequestOptionsReader([slips()], client)
    expect(() => slipping.parse({ later: 1 })).toThrow(
      expect.objectContaining({ constructor: OptionsError, path: 'later' }),
    )
    const slip = new TypeError('a slip')
    expect(() => slipping.parse({ thrown: slip })).toThrow(
      expect.objectContaining({ path: 'thrown', cause: slip }),
    )
    expect(() => slipping.parse({ thrown: own })).toThrow(own)
  })

  it('cannot be declared twice', () => {
    const rude = definePlugin({
      name: 'rude',
      requestOptions: { thanks: z.unknown() },
      apply: () => undefined,
    })
    expect(() => new RequestOptionsReader([polite(), rude()], client)).toThrow(
      'the request option "thanks" of plugin "rude" is already declared by plugin "polite"',
    )
  })
})

describe('what is no set of options', () => {
  it.each<[string, unknown]>([
    ['null', null],
    ['a number', 5],
    ['true', true],
    ['a string', 'timeout'],
    ['a list', []],
    ['a Map', new Map([['timeout', 5]])],
    ['Headers', new Headers()],
    ['a function', () => undefined],
    ['a promise', Promise.resolve({})],
  ])('is refused: %s', (_, input) => {
    expect(() => reader.parse(input as never)).toThrow(OptionsError)
    expect(() => resolvePoolOptions(input as never)).toThrow(OptionsError)
  })
})

describe('a polluted Object.prototype', () => {
  const polluted = {
    timeout: 1,
    preloadContent: false,
    decodeContent: false,
    enforceContentLength: false,
    assertSameHost: false,
    signal: AbortSignal.abort(),
    body: 'evil',
    headers: { evil: '1' },
    thanks: true,
    tone: 'cool',
    retries: 99,
  }
  afterEach(() => {
    for (const name of Object.keys(polluted)) Reflect.deleteProperty(Object.prototype, name)
  })

  it('changes nothing', () => {
    const clean = reader.resolve(reader.parse({ chunked: true }))
    Object.assign(Object.prototype, polluted)
    const dirty = reader.resolve(reader.parse({ chunked: true }))
    expect(dirty).toEqual(clean)
    expect(dirty.options.body).toBeUndefined()
    expect(reader.parse({}).body).toBeUndefined()
  })
})
