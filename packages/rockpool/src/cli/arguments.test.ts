import { PassThrough } from 'node:stream'
import { OptionsError } from '@rockpool/core'
import { describe, expect, it } from 'vitest'
import { type Asked, asWritten, readArguments } from './arguments.js'
import { FLAGS, helpText } from './flags.js'
import { type Io, UsageError } from './io.js'

const io: Io = {
  stdin: new PassThrough(),
  stdout: new PassThrough(),
  stderr: new PassThrough(),
  env: { ROCKPOOL_KEY_PASSWORD: 'open sesame' },
  signal: new AbortController().signal,
  now: () => 0,
}
const url = 'http://localhost/'

function asked(...words: string[]): Asked {
  const read = readArguments([...words, url], io)
  if (typeof read === 'string') throw new Error(read)
  return read
}

describe('the command line', () => {
  it('becomes options of a manager', () => {
    const { manager } = asked(
      ...['--retries', '5', '--backoff', '250ms', '--retry-status', '502,503', '--retry-status', '504'],
      ...[
        '--redirect',
        'false',
        '--allow-downgrade',
        '--connect-timeout',
        '1.5',
        '-m',
        '2m',
        '--read-timeout',
        '3s',
      ],
      ...['-x', 'http://proxy:3128', '--no-proxy', '.internal', '--proxy-header', 'X-Team: reef'],
      ...['--ca', 'a.pem', '--ca', 'b.pem', '--cert', 'c.pem', '--key', 'k.pem', '--pin', 'sha256/x'],
      ...['--fingerprint', 'AB', '--server-name', 'h', '--tls-min', 'TLSv1.2', '--tls-max', 'TLSv1.3', '-k'],
    )
    expect(manager).toEqual({
      policy: expect.objectContaining({ total: 5 }),
      backoffFactor: 250,
      statusForcelist: [502, 503, 504],
      redirect: false,
      allowDowngrade: true,
      timeout: { connect: 1_500, read: 3_000, total: 120_000 },
      proxy: 'http://proxy:3128',
      noProxy: '.internal',
      proxyHeaders: [['X-Team', 'reef']],
      caCerts: ['a.pem', 'b.pem'],
      certFile: 'c.pem',
      keyFile: 'k.pem',
      keyPassword: 'open sesame',
      pins: ['sha256/x'],
      assertFingerprint: ['AB'],
      serverHostname: 'h',
      sslMinimumVersion: 'TLSv1.2',
      sslMaximumVersion: 'TLSv1.3',
      certReqs: 'none',
    })
  })

  it('becomes options of a request', () => {
    const { request, method } = asked(
      ...[
        '-H',
        'Accept: a',
        '-H',
        'Accept: b',
        '-H',
        'User-Agent:',
        '-q',
        'a=1',
        '-q',
        'a=2=3',
        '-u',
        'user:secret',
      ],
    )
    expect(method).toBe('GET')
    expect(request.headers).toEqual(
      Object.assign(Object.create(null), {
        Accept: ['a', 'b'],
        'User-Agent': null,
        authorization: ['Basic dXNlcjpzZWNyZXQ='],
      }),
    )
    expect(request.query).toEqual([
      ['a', '1'],
      ['a', '2=3'],
    ])
    expect(asked('-o', 'file').request.headers).toHaveProperty('Accept-Encoding', ['identity'])
  })

  it('has a method that goes with the content', () => {
    expect(asked('--json', '{"a":1}')).toMatchObject({ method: 'POST', request: { json: { a: 1 } } })
    expect(asked('-X', 'PUT', '-d', 'text')).toMatchObject({ method: 'PUT', request: { body: 'text' } })
    expect(asked('-d', '@-').request.body).toBe(io.stdin)
    expect(asked('-F', 'a=1', '--urlencoded').request).toMatchObject({
      fields: [['a', '1']],
      encodeMultipart: false,
    })
    expect(asked('-F', `a=@${import.meta.filename}`).request.fields).toMatchObject([
      ['a', { filename: 'arguments.test.ts' }],
    ])
  })

  it('may ask for something else', () => {
    expect(readArguments(['-h'], io)).toBe('help')
    expect(readArguments(['--version'], io)).toBe('version')
    expect(asked('-o', '-').output).toBeUndefined()
  })

  it.each([
    [[], 'a URL is missing'],
    [[url, url], 'one URL at a time'],
    [['example.com/a'], 'put https:// before it'],
    [['--retrys', '3', url], 'did you mean --retries?'],
    [['--retries', 'many', url], '--retries: "many"'],
    [['--retries', '-1', url], '--retries'],
    [['--timeout', '5 days', url], '--timeout: "5 days"'],
    [['--continue', url], '--continue needs --output'],
    [['--json', '{', url], '--json: '],
    [['--json', '{}', '--data', 'x', url], 'one content at a time'],
    [['--field', 'name', url], '--field: "name" has no name before "="'],
    [['--header', ': x', url], '--header: '],
    [['--data', '@/nowhere', url], '/nowhere cannot be read'],
    [['--json', '@/nowhere', url], '/nowhere cannot be read'],
    [['--method', url], 'a URL is missing'],
  ])('that makes no sense is refused: %j', (words, message) => {
    const read = (): unknown => readArguments(words, io)
    expect(read).toThrow(message)
    expect(read).toThrow(UsageError)
  })
})

describe('a refused option', () => {
  it.each([
    ['caCerts', '--ca: no'],
    ['timeout.connect', '--connect-timeout: no'],
    ['headers.x', '--header: no'],
    ['retries', '--retries: no'],
    ['method', '--method: no'],
    ['what.ever', 'no'],
  ])('%s is told as %s', (path, told) => {
    expect(asWritten(new OptionsError('no', { path }))).toBe(told)
  })
})

describe('the help', () => {
  it('tells of every flag in lines that fit a terminal', () => {
    const text = helpText()
    for (const name of Object.keys(FLAGS)) expect(text).toContain(`--${name}`)
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120)
  })

  it('has a letter for one flag only', () => {
    const letters = Object.values(FLAGS).flatMap((flag) => ('short' in flag ? [flag.short] : []))
    expect(new Set(letters).size).toBe(letters.length)
  })
})
