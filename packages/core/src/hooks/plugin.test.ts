import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { bearer, caught, install, named } from '../../test/support/sample-plugins.js'
import { OptionsError } from '../ground/errors.js'
import { definePlugin } from './plugin.js'

describe('the factory of a plugin', () => {
  it.each<[string, unknown, string]>([
    ['an option is missing', {}, 'token'],
    ['an option is of the wrong type', { token: 5 }, 'token'],
    ['an option is too short', { token: '' }, 'token'],
    ['a nested option is wrong', { token: 'x', origins: ['nowhere'] }, 'origins.0'],
    ['an option is unknown', { token: 'x', tokn: 'y' }, 'tokn'],
    ['there are no options', undefined, 'token'],
    ['the options are no object', 'token', ''],
    ['the options are null', null, ''],
  ])('throws an OptionsError with the path when %s', (_, input, path) => {
    const error = caught(() => bearer(input as never))
    expect(error).toBeInstanceOf(OptionsError)
    expect(error).toMatchObject({ path, code: 'ERR_OPTIONS', phase: 'options' })
    expect((error as OptionsError).message).toContain('bearer()')
    expect((error as OptionsError).issues.length).toBeGreaterThan(0)
  })

  it('throws at the line that made the plugin', () => {
    const lineThatMadeThePlugin = (): unknown => bearer({ token: '' })
    const error = caught(lineThatMadeThePlugin) as OptionsError
    const [head, first] = (error.stack ?? '').split('\n')
    expect(head).toMatch(/^OptionsError: bearer\(\): option token: /)
    expect(first).toContain('lineThatMadeThePlugin')
  })

  it('takes no argument where nothing is asked for', () => {
    const plain = definePlugin({ name: 'plain', apply: () => undefined })
    expect(plain().name).toBe('plain')
    expect(() => plain({} as never)).toThrow('plain() takes no options')
  })

  it('may be called without an argument when every option has a default', () => {
    const seen: unknown[] = []
    const relaxed = definePlugin({
      name: 'relaxed',
      options: z.strictObject({ limit: z.number().default(3) }),
      apply: (_, options) => void seen.push(options.limit),
    })
    install([relaxed()])
    install([relaxed({ limit: 7 })])
    expect(seen).toEqual([3, 7])
  })

  it('gives the schema its own word on nothing at all', () => {
    const seen: unknown[] = []
    const free = definePlugin({
      name: 'free',
      options: z.union([z.number(), z.undefined().transform(() => 9)]),
      apply: (_, options) => void seen.push(options),
    })
    install([free()])
    expect(seen).toEqual([9])
  })

  it('reads what it is given once: a later change is none', () => {
    const seen: unknown[] = []
    const reader = definePlugin({
      name: 'reader',
      options: z.strictObject({ limit: z.number() }),
      apply: (_, options) => void seen.push(options.limit),
    })
    const options = { limit: 1 }
    const plugin = reader(options)
    options.limit = 2
    install([plugin])
    expect(seen).toEqual([1])
  })

  it('makes a value that cannot be changed', () => {
    const plugin = bearer({ token: 'x' })
    expect(Object.isFrozen(plugin)).toBe(true)
    expect(Object.isFrozen(plugin.requires)).toBe(true)
    expect(Object.isFrozen(plugin.requestOptions)).toBe(true)
  })

  it('leaves an instance that the schema accepts as it is', () => {
    class Ledger {}
    const seen: unknown[] = []
    const keeper = definePlugin({
      name: 'keeper',
      options: z.instanceof(Ledger),
      apply: (_, options) => void seen.push(options),
    })
    const ledger = new Ledger()
    install([keeper(ledger)])
    expect(seen[0]).toBe(ledger)
  })
})

describe('a schema that fails instead of answering', () => {
  it.each<[string, z.ZodType]>([
    ['is asynchronous', z.string().refine(async () => true)],
    [
      'throws',
      z.string().transform(() => {
        throw new TypeError('a slip')
      }),
    ],
  ])('is an OptionsError at the line that made the plugin when it %s', (_, token) => {
    const slipping = definePlugin({
      name: 'slipping',
      options: z.strictObject({ token }),
      apply: () => undefined,
    })
    const lineThatMadeThePlugin = (): unknown => slipping({ token: 'x' })
    const error = caught(lineThatMadeThePlugin) as OptionsError
    expect(error).toBeInstanceOf(OptionsError)
    expect(error.message).toContain('slipping() cannot be checked')
    expect(error.cause).toBeInstanceOf(Error)
    expect((error.stack ?? '').split('\n')[1]).toContain('lineThatMadeThePlugin')
  })
})

describe('a polluted Object.prototype', () => {
  const pollute = (name: string, value: unknown): void => {
    Object.defineProperty(Object.prototype, name, {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    })
  }
  afterEach(() => {
    for (const name of ['verify', 'token']) Reflect.deleteProperty(Object.prototype, name)
  })

  it('gives a plugin no options, neither unchecked nor checked', () => {
    const seen: unknown[] = []
    const strict = definePlugin({
      name: 'strict',
      options: z.strictObject({ verify: z.boolean().optional() }),
      apply: (_, options) => void seen.push(options.verify),
    })
    pollute('verify', false)
    install([strict()])
    install([strict({})])
    install([strict({ verify: true })])
    expect(seen).toEqual([undefined, undefined, true])
  })

  it('does not stand in for what is missing', () => {
    pollute('token', 'stolen')
    expect(() => bearer({} as never)).toThrow(OptionsError)
  })
})

describe('a definition', () => {
  const define = (more: object): unknown =>
    caught(() => definePlugin({ name: 'demo', apply: () => undefined, ...more } as never))

  it.each([
    '',
    'Demo',
    'demo_plugin',
    '-demo',
    'demo-',
    'de--mo',
    '4demo',
    'démo',
    'demo plugin',
    undefined,
    5,
  ])('is refused with the name %j', (name) =>
    expect(define({ name })).toMatchObject({ path: 'name', code: 'ERR_OPTIONS' }),
  )

  it.each<[string, object, string]>([
    ['no apply', { apply: undefined }, 'apply'],
    ['options that are no schema', { options: {} }, 'options'],
    ['a list of requirements that is none', { requires: 'tls' }, 'requires'],
    ['requirements that are no names', { requires: [{}] }, 'requires'],
    ['a word about securing that is neither yes nor no', { securesTransport: 'yes' }, 'securesTransport'],
    ['a list of request options', { requestOptions: [] }, 'requestOptions'],
    ['request options that are no object', { requestOptions: 'flag' }, 'requestOptions'],
    ['a key that it does not have', { opptions: z.strictObject({}) }, 'opptions'],
    ['a request option that is no schema', { requestOptions: { flag: true } }, 'requestOptions.flag'],
    ['a request option that must be given', { requestOptions: { flag: z.boolean() } }, 'requestOptions.flag'],
    [
      'a request option whose check is asynchronous',
      { requestOptions: { flag: z.unknown().refine(async () => true) } },
      'requestOptions.flag',
    ],
  ])('is refused with %s', (_, more, path) => {
    expect(define(more)).toMatchObject({ constructor: OptionsError, path })
  })

  it('is told which key was meant', () => {
    const error = define({ opptions: z.strictObject({}) }) as OptionsError
    expect(error.message).toContain('did you mean "options"?')
    expect((define({ wibble: 1 }) as OptionsError).message).toContain('it has name, options')
  })

  it.each([[undefined], [null], ['demo'], [5]])('is refused when it is %j', (definition) => {
    expect(caught(() => definePlugin(definition as never))).toMatchObject({
      constructor: OptionsError,
      path: '',
    })
  })

  it('may have a request option with a default', () => {
    expect(() => named('demo', { requestOptions: { flag: z.boolean().default(false) } })).not.toThrow()
  })
})
