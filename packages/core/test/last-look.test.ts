// The last look before the wire: text that never went through the checks of `HTTPHeaders` and the options, because it was
// made by hand, changed behind a check, or put where the types forbid it. Nothing of it becomes a line or another server.
import { describe, expect, it } from 'vitest'
import { HTTPHeaders, type RequestOptions } from '../src/index.js'
import {
  type Body,
  definePlugin,
  HTTPRequest,
  Origin,
  type RequestContext,
  Resend,
  toBody,
} from '../src/plugin.js'
import { expectAtRest, failureOf, poolFor } from './support/pools.js'
import { answering, ok, type RawOrigin } from './support/raw-origin.js'

const EVIL = 'a\r\nEvil: 1'

/** A pool with one tap in onRequest, which acts on requests for `/evil` only. */
function poolWith(origin: RawOrigin, act: (context: RequestContext) => void) {
  const evil = definePlugin({
    name: 'evil',
    apply(host) {
      host.hooks.onRequest.tap('evil', (context) => {
        if (context.request.target === '/evil') act(context)
      })
    },
  })
  return poolFor(origin, { plugins: [evil()] })
}

async function expectRefused(act: (context: RequestContext) => void, method = 'POST'): Promise<Error> {
  const origin = await answering(ok())
  const pool = poolWith(origin, act)
  await pool.request('GET', '/before')
  const error = await failureOf(pool.request(method, '/evil'))
  expect(error).toMatchObject({
    name: expect.stringMatching(/^(PluginError|OptionsError)$/),
    sent: 'nothing',
  })
  expectAtRest(pool)
  await pool.request('GET', '/after')
  expect(origin.requests.map(({ target }) => target)).toEqual(['/before', '/after'])
  expect(origin.connections).toHaveLength(1)
  return error
}

/** A body of ours but for its type, which nobody has checked. */
function typed(contentType: string): Body {
  return Object.create(toBody('ab') as object, { contentType: { value: contentType } }) as Body
}

describe('lines that were put into HTTPHeaders unchecked', () => {
  for (const raw of [
    ['X', EVIL],
    ['X\r\nEvil', '1'],
    ['X', 'a\u010ab'],
    ['X'],
    ['', 'a'],
    ['X', 7 as never, 'Y'],
  ]) {
    it(`${JSON.stringify(raw)} are refused when they are to be sent`, async () => {
      const origin = await answering(ok())
      const pool = poolFor(origin)
      const headers = HTTPHeaders.fromRaw(raw)
      expect(await failureOf(pool.request('GET', '/', { headers }))).toMatchObject({ name: 'OptionsError' })
      expect(() => new HTTPHeaders(headers).wire()).toThrow(expect.objectContaining({ name: 'OptionsError' }))
      expect(() => headers.clone().wire()).toThrow(expect.objectContaining({ name: 'OptionsError' }))
      expect(origin.connections).toHaveLength(0)
    })
  }

  it('cannot be changed after the check by whoever holds the list', async () => {
    const origin = await answering(ok())
    const pool = poolFor(origin)
    const held = ['X-It', 'good']
    const headers = HTTPHeaders.fromRaw(held)
    headers.wire()
    held[1] = EVIL
    headers.raw()[1] = EVIL
    await pool.request('GET', '/', { headers })
    expect(origin.requests[0]?.lines).toContain('X-It: good')
  })

  it('are read once, even from a list that changes its mind', async () => {
    const origin = await answering(ok())
    const pool = poolFor(origin)
    let reads = 0
    const list = new Proxy(['X-It', 'good'], {
      get: (target, key) => (key === '1' && ++reads > 1 ? EVIL : Reflect.get(target, key)),
    })
    await pool.request('GET', '/', { headers: HTTPHeaders.fromRaw(list) })
    expect(origin.requests[0]?.lines).toContain('X-It: good')
  })
})

describe('a plugin that makes by hand', () => {
  it('a body with a type of two lines is refused', async () => {
    await expectRefused((context) => {
      const { origin, target } = context.request
      context.request = new HTTPRequest({ method: 'POST', origin, target, body: typed(EVIL) })
    })
  })

  it('an origin with a Host of two lines is refused', async () => {
    await expectRefused((context) => {
      const origin = Object.create(context.request.origin, { hostHeader: { value: EVIL } }) as Origin
      context.request = new HTTPRequest({ method: 'GET', origin, target: '/evil' })
    })
  })

  it('headers that write themselves are not asked for their text', async () => {
    const origin = await answering(ok())
    class Written extends HTTPHeaders {
      override wire(): string {
        return `X: ${EVIL}\r\n`
      }
    }
    const pool = poolWith(origin, (context) => {
      const headers = new Written({ 'X-It': 'good' }).freeze()
      context.request = new HTTPRequest({
        method: 'GET',
        origin: context.request.origin,
        target: '/x',
        headers,
      })
    })
    await pool.request('GET', '/evil')
    expect(origin.requests[0]?.lines).toContain('X-It: good')
    expect(origin.requests[0]?.head).not.toContain('Evil')
  })
})

describe('a plugin that assigns to a part of a request', () => {
  const parts = {
    target: '/x y\r\nEvil: 1',
    method: 'GET / HTTP/1.1\r\nEvil: 1',
    origin: Origin.of('http', 'evil.example'),
    headers: { size: 0, frozen: true },
    body: toBody('evil'),
  }
  for (const [name, value] of Object.entries(parts)) {
    it(`${name}: is told that it is none of its business, of this attempt and of the base`, async () => {
      for (const which of ['request', 'baseRequest'] as const) {
        const error = await expectRefused((context) => {
          Object.assign(context[which], { [name]: value })
        })
        expect(error).toMatchObject({ plugin: 'evil', hook: 'onRequest' })
      }
    })
  }
})

describe('TRACE', () => {
  for (const name of ['Authorization', 'Cookie', 'Proxy-Authorization']) {
    it(`does not carry ${name}, not even when a plugin adds it`, async () => {
      await expectRefused((context) => void context.request.headers.set(name, 'secret'), 'TRACE')
    })
  }
})

describe('a method', () => {
  for (const method of ['po\u017ft', 'opt\u0131ons', '\ufb01nd', 'stra\u00dfe', 'chec\u212a']) {
    it(`${JSON.stringify(method)} is not turned into another one by its upper case`, async () => {
      const origin = await answering(ok())
      const pool = poolFor(origin)
      expect(await failureOf(pool.request(method, '/'))).toMatchObject({
        name: 'OptionsError',
        path: 'method',
      })
      expect(origin.connections).toHaveLength(0)
    })
  }
})

it('a path that is none is quoted in the error without control characters and without what may be a secret', async () => {
  const pool = poolFor(await answering(ok()))
  const error = await failureOf(pool.request('GET', 'u s3cr3t@h\x1b[2J\r\nb'))
  expect(error.name).toBe('HostChangedError')
  expect(error.message).toMatch(/^[\x20-\x7e]+$/)
  expect(error.message).not.toContain('s3cr3t')
})

describe('a polluted Object.prototype', () => {
  const pollute = async (values: Record<string, unknown>, run: () => Promise<void>): Promise<void> => {
    try {
      for (const [name, value] of Object.entries(values))
        Object.defineProperty(Object.prototype, name, {
          value,
          configurable: true,
          enumerable: true,
          writable: true,
        })
      await run()
    } finally {
      for (const name of Object.keys(values)) Reflect.deleteProperty(Object.prototype, name)
    }
  }

  it('changes neither an attempt that a plugin looks at nor one that it asks for', async () => {
    const origin = await answering(ok())
    const again = definePlugin({
      name: 'again',
      apply(host) {
        host.hooks.onRequest.tap('again', () => undefined)
        host.hooks.onResponse.tap('again', ({ attempt, baseRequest }) =>
          attempt > 1
            ? undefined
            : new Resend({ reason: 'again', request: baseRequest.with({ target: '/b' }) }),
        )
      },
    })
    const pool = poolFor(origin, { plugins: [again()] })
    const evil = {
      method: 'PUT',
      origin: Origin.of('http', 'evil.example'),
      body: 'evil',
      headers: { Evil: '1' },
    }
    await pollute({ ...evil, delayMs: 60_000, request: 'evil' }, async () => {
      await pool.request('POST', '/a', { body: 'good' } as RequestOptions)
    })
    expect(origin.requests.map(({ method, target, body }) => [method, target, body.toString()])).toEqual([
      ['POST', '/a', 'good'],
      ['POST', '/b', 'good'],
    ])
    expect(origin.requests[1]?.head).not.toContain('Evil')
  })

  it('leads a connection nowhere else', async () => {
    const origin = await answering(ok())
    const elsewhere = {
      path: '/nowhere.sock',
      lookup: () => undefined,
      localAddress: '192.0.2.1',
      localPort: 1,
    }
    // Not blockList: from Node 24 on a socket of node:net looks that up on itself, and so on the polluted prototype.
    await pollute({ ...elsewhere, timeout: 'x', family: 6 }, async () => {
      await poolFor(origin).request('GET', '/')
    })
    expect(origin.requests).toHaveLength(1)
  })

  it('is no option of a pool that is made meanwhile', async () => {
    const origin = await answering(ok())
    await pollute({ maxSize: -1, socketPath: '/evil', headers: { Evil: '1' }, nonsense: true }, async () => {
      await poolFor(origin, {}).request('GET', '/')
    })
    expect(origin.requests[0]?.head).not.toContain('Evil')
  })
})
