import { afterEach, describe, expect, it } from 'vitest'
import { OptionsError } from '../ground/errors.js'
import { DEFAULT_LIMITS } from '../ground/limits.js'
import { systemClock } from '../transport/clock.js'
import {
  type PoolOptions,
  resolveManagerOptions,
  resolvePoolOptions,
  resolveTimeout,
} from './pool-options.js'

const resolve = (options: object): ReturnType<typeof resolvePoolOptions> =>
  resolvePoolOptions(options as PoolOptions)

describe('the options of a pool', () => {
  it('have the defaults of the reference', () => {
    const { settings, plugins } = resolvePoolOptions(undefined)
    expect(plugins).toEqual([])
    expect(settings).toMatchObject({
      pool: {
        maxSize: 1,
        block: false,
        maxQueue: undefined,
        keepAliveTimeout: 60_000,
        maxLifetime: undefined,
        maxRequestsPerConnection: undefined,
      },
      poolTimeout: undefined,
      connectTimeout: 10_000,
      readTimeout: 60_000,
      totalTimeout: undefined,
      limits: DEFAULT_LIMITS,
      clock: systemClock,
    })
    expect(settings.headers.size).toBe(0)
    expect(settings.limits).toMatchObject({
      maxHeaderBytes: 65_536,
      maxHeaderCount: 100,
      maxResponseBytes: undefined,
      maxDecodedBytes: undefined,
      maxContentEncodings: 5,
    })
  })

  const positive = [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '5', true, [], {}]
  const counts = [...positive, 1.5, null]
  const flags = [0, 1, 'true', null, {}]
  const wrong: Readonly<Record<string, readonly unknown[]>> = {
    maxSize: counts,
    block: flags,
    poolTimeout: positive,
    maxQueue: [-1, 1.5, Number.NaN, '5', true, null],
    timeout: [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '5', true, []],
    keepAliveTimeout: [...positive, null],
    maxLifetime: [...positive, null],
    maxRequestsPerConnection: counts,
    headers: ['a: b', 5, true],
    limits: [5, 'x', null, []],
    localAddress: ['', 5, null],
    socketPath: ['', 5, null],
    lookup: [{}, 'dns', null],
    noDelay: flags,
    keepAliveProbe: [0, -1, Number.NaN, 'true', null],
    plugins: [{}, 'retry', null],
    clock: [{}, null, 5, { now: () => 0 }],
  }
  it.each(Object.entries(wrong).flatMap(([name, values]) => values.map((value) => [name, value] as const)))(
    'refuse %s: %j',
    (name, value) => {
      expect(() => resolve({ [name]: value })).toThrow(OptionsError)
      expect(() => resolve({ [name]: value })).toThrow(
        expect.objectContaining({ path: name, phase: 'options' }),
      )
    },
  )

  it.each([
    [{ timeout: { connect: 0 } }, 'timeout.connect'],
    [{ timeout: { read: '5' } }, 'timeout.read'],
    [{ timeout: { total: Number.NaN } }, 'timeout.total'],
    [{ timeout: { conect: 5 } }, 'timeout.conect'],
    [{ limits: { maxHeaderBytes: 0 } }, 'limits.maxHeaderBytes'],
    [{ limits: { maxHeaderBytes: '5' } }, 'limits.maxHeaderBytes'],
    [{ limits: { maxHeader: 5 } }, 'limits.maxHeader'],
  ])('refuse %j at %s', (options, path) => {
    expect(() => resolve(options)).toThrow(expect.objectContaining({ path }))
  })

  it.each([
    ['retries', '@rockpool/plugin-retry'],
    ['redirect', '@rockpool/plugin-retry'],
    ['total', '@rockpool/plugin-retry'],
    ['statusForcelist', '@rockpool/plugin-retry'],
    ['removeHeadersOnRedirect', '@rockpool/plugin-retry'],
    ['proxy', '@rockpool/plugin-proxy'],
    ['noProxy', '@rockpool/plugin-proxy'],
    ['caCerts', '@rockpool/plugin-tls'],
    ['assertFingerprint', '@rockpool/plugin-tls'],
    ['pins', '@rockpool/plugin-tls'],
  ])('name the package that would accept %s', (name, accepting) => {
    expect(() => resolve({ [name]: 1 })).toThrow(`unknown pool option "${name}"; ${accepting} accepts it`)
  })

  it.each([
    ['maxsize', 'maxSize'],
    ['max_size', 'maxSize'],
    ['timeouts', 'timeout'],
    ['pool_timeout', 'poolTimeout'],
    ['header', 'headers'],
  ])('guess what %s was meant to be', (name, meant) => {
    expect(() => resolve({ [name]: 1 })).toThrow(`did you mean "${meant}"?`)
  })

  it('do not guess wildly', () => {
    expect(() => resolve({ frobnicate: 1 })).toThrow(/^unknown pool option "frobnicate"$/)
  })

  it('know numPools in a manager only', () => {
    expect(resolveManagerOptions({ numPools: 3 }).numPools).toBe(3)
    expect(resolveManagerOptions(undefined)).toMatchObject({
      numPools: 10,
      settings: { pool: { maxSize: 10 } },
    })
    expect(() => resolve({ numPools: 3 })).toThrow(OptionsError)
    expect(() => resolveManagerOptions({ numPools: 0 })).toThrow(
      expect.objectContaining({ path: 'numPools' }),
    )
  })

  it('keep a limit that is undefined at its default', () => {
    const { limits } = resolve({ limits: { maxHeaderBytes: undefined, maxHeaderCount: 5 } }).settings
    expect(limits).toEqual({ ...DEFAULT_LIMITS, maxHeaderCount: 5 })
  })

  it('are copied: a later change of headers or plugins is none', () => {
    const headers: Record<string, string> = { a: '1' }
    const plugins: never[] = []
    const { settings, plugins: kept } = resolvePoolOptions({ headers, plugins })
    headers.b = '2'
    plugins.push({} as never)
    expect(settings.headers.size).toBe(1)
    expect(kept).toEqual([])
  })
})

describe('a time-out', () => {
  const base = { connectTimeout: 1, readTimeout: 2, totalTimeout: 3 }
  it.each([
    [undefined, base],
    [null, { connectTimeout: undefined, readTimeout: undefined, totalTimeout: undefined }],
    [7, { connectTimeout: 7, readTimeout: 7, totalTimeout: 3 }],
    [{}, base],
    [{ connect: 7 }, { ...base, connectTimeout: 7 }],
    [{ read: null }, { ...base, readTimeout: undefined }],
    [
      { total: 9, connect: null },
      { connectTimeout: undefined, readTimeout: 2, totalTimeout: 9 },
    ],
  ])('of %j is laid over the one that would hold', (timeout, expected) => {
    expect(resolveTimeout(timeout, base)).toEqual(expected)
  })
})

describe('a polluted Object.prototype', () => {
  const polluted = {
    maxSize: 99,
    block: true,
    timeout: 1,
    connect: 1,
    read: 1,
    total: 1,
    poolTimeout: 1,
    keepAliveTimeout: 1,
    headers: { evil: '1' },
    limits: { maxHeaderBytes: 1 },
    maxHeaderBytes: 1,
    socketPath: '/evil',
    localAddress: 'evil',
    lookup: () => undefined,
    proxy: 'http://evil',
    numPools: 99,
  }
  afterEach(() => {
    for (const name of Object.keys(polluted)) Reflect.deleteProperty(Object.prototype, name)
  })

  it('changes nothing', () => {
    const options = { timeout: { read: 5 }, limits: { maxHeaderCount: 7 }, noDelay: true }
    const clean = [resolve(options), resolve({}), resolvePoolOptions(undefined)].map((each) =>
      JSON.stringify(each),
    )
    Object.assign(Object.prototype, polluted)
    const dirty = [resolve(options), resolve({}), resolvePoolOptions(undefined)].map((each) =>
      JSON.stringify(each),
    )
    expect(dirty).toEqual(clean)
  })
})
