/**
 * The names that programs and plugins import, and the members of what they hold. A name may be added; one that is missing
 * here or has another shape breaks somebody.
 */
import * as core from '@rockpool/core'
import * as plugin from '@rockpool/core/plugin'
import * as proxyPlugin from '@rockpool/plugin-proxy'
import * as retryPlugin from '@rockpool/plugin-retry'
import * as tlsPlugin from '@rockpool/plugin-tls'
import * as rockpool from 'rockpool'
import { describe, expect, it } from 'vitest'

const ERRORS = [
  'HTTPError',
  ...['PoolError', 'EmptyPoolError', 'QueueFullError', 'ClosedPoolError', 'FullPoolError'],
  ...['RequestError', 'MaxRetryError', 'HostChangedError'],
  ...['TimeoutError', 'ConnectTimeoutError', 'ReadTimeoutError', 'DeadlineError'],
  ...['NewConnectionError', 'NameResolutionError', 'SSLError', 'CertificateError', 'PinError', 'ProxyError'],
  ...['ProtocolError', 'IncompleteRead', 'InvalidChunkLength', 'InvalidHeader', 'BodyTooLarge'],
  ...['DecodeError', 'ResponseError', 'UnrewindableBodyError'],
  ...['LocationValueError', 'LocationParseError', 'URLSchemeUnknown', 'ProxySchemeUnknown'],
  ...['OptionsError', 'PluginError', 'InsecureTransportError'],
]
const POOLS = ['HTTPConnectionPool', 'HTTPSConnectionPool', 'connectionFromUrl', 'PoolManager']
const CALLS = [
  'request',
  'getDefaultManager',
  'setDefaultManager',
  'makeHeaders',
  'ProxyManager',
  'proxyFromUrl',
]

describe('the entry', () => {
  it.each([
    ['@rockpool/core', core, [...POOLS, ...ERRORS, 'HTTPResponse', 'HTTPHeaders', 'fileBody']],
    [
      '@rockpool/core/plugin',
      plugin,
      [...ERRORS, 'definePlugin', 'stages', 'Resend', 'openTunnel', 'startTls', 'closeOnError'],
    ],
    ['@rockpool/plugin-retry', retryPlugin, ['retry', 'redirect', 'Retry']],
    ['@rockpool/plugin-tls', tlsPlugin, ['tls']],
    ['@rockpool/plugin-proxy', proxyPlugin, ['proxy', 'fromEnvironment']],
    [
      'rockpool',
      rockpool,
      [
        ...POOLS,
        ...CALLS,
        ...ERRORS,
        'Retry',
        'retry',
        'redirect',
        'tls',
        'proxy',
        'fromEnvironment',
        'HTTPHeaders',
        'fileBody',
      ],
    ],
  ] as const)('%s has its names', (_, entry, names) => {
    const missing = names.filter((name) => !Object.hasOwn(entry, name))
    expect(missing).toEqual([])
  })
})

const shapes: readonly (readonly [what: string, value: object, members: readonly string[]])[] = [
  [
    'a pool',
    core.HTTPConnectionPool.prototype,
    [
      'urlopen',
      'request',
      'isSameHost',
      'hooks',
      'numConnections',
      'numRequests',
      'inspect',
      'close',
      'host',
      'port',
      'scheme',
    ],
  ],
  [
    'a manager',
    core.PoolManager.prototype,
    ['urlopen', 'request', 'hooks', 'numConnections', 'numRequests', 'inspect', 'close', 'clear'],
  ],
  [
    'a response',
    core.HTTPResponse.prototype,
    [
      'url',
      'history',
      'trailers',
      'ok',
      'timings',
      'connection',
      'lengthRemaining',
      'bytes',
      'text',
      'json',
      'stream',
      'read',
      'toWeb',
      'toNode',
      'drain',
      'release',
      'close',
    ],
  ],
  [
    'header fields',
    core.HTTPHeaders.prototype,
    ['get', 'getAll', 'set', 'add', 'delete', 'has', 'toWeb', 'toJSON'],
  ],
  ['a Retry', retryPlugin.Retry.prototype, ['increment', 'isRetry', 'backoffTime']],
]

describe.each(shapes)('%s', (_, prototype, members) => {
  it('has its members', () => {
    expect(members.filter((name) => !(name in prototype))).toEqual([])
  })
})

describe('what can be disposed of or iterated', () => {
  it('pools, managers and responses dispose of themselves asynchronously', () => {
    for (const { prototype } of [core.HTTPConnectionPool, core.PoolManager, core.HTTPResponse]) {
      expect(prototype[Symbol.asyncDispose]).toBeTypeOf('function')
    }
  })

  it('responses and header fields can be iterated', () => {
    expect(core.HTTPResponse.prototype[Symbol.asyncIterator]).toBeTypeOf('function')
    expect([...new core.HTTPHeaders({ 'X-One': '1' })]).toEqual([['X-One', '1']])
  })
})

describe('the hooks', () => {
  const NAMES = ['beforeConnect', 'onRequest', 'onResponse', 'onRelease', 'onError', 'onSettle']

  it('are six, and can be listened to but not fired', async () => {
    await using pool = new core.HTTPConnectionPool('localhost')
    expect(Object.keys(pool.hooks).sort()).toEqual([...NAMES].sort())
    for (const hook of Object.values(pool.hooks) as Record<string, unknown>[]) {
      expect(hook.tap).toBeTypeOf('function')
      for (const firing of ['call', 'callAsync', 'promise']) expect(firing in hook).toBe(false)
    }
  })

  it('have their stages', () => {
    expect(plugin.stages).toMatchObject({
      beforeConnect: { dial: -20, tunnel: -10, secure: 0, observe: 100 },
      onRequest: { observe: -100, admit: -50, route: -10, amend: 0, sign: 10, answer: 20 },
      onResponse: { observe: -100, decide: 0, transform: 10 },
      onError: { observe: -100, decide: 0, fallback: 10 },
    })
  })
})
