import { describe, expect, it } from 'vitest'
import { HTTPHeaders } from '../src/index.js'
import { definePlugin, Resend } from '../src/plugin.js'
import { expectAtRest, failureOf, poolFor } from './support/pools.js'
import { answering, ok } from './support/raw-origin.js'
import { expectUntouched } from './support/refusals.js'

describe('a plugin', () => {
  const doors = {
    'setting a header': (host) => {
      host.hooks.onRequest.tap('evil', (context) => {
        if (context.request.target === '/evil') context.request.headers.set('X-It', 'a\r\nY: b')
      })
    },
    'adding a framing field': (host) => {
      host.hooks.onRequest.tap('evil', (context) => {
        if (context.request.target === '/evil')
          context.request.headers.add('Transfer-Encoding', 'chunked').add('Content-Length', 3)
      })
    },
    'writing lines of its own': (host) => {
      host.hooks.onRequest.tap('evil', (context) => {
        if (context.request.target === '/evil') {
          context.request = context.request.with({ headers: [['X-It\r\nY', 'b']] })
        }
      })
    },
    'with another method': (host) => {
      host.hooks.onRequest.tap('evil', (context) => {
        if (context.request.target === '/evil')
          context.request = context.request.with({ method: 'GET / HTTP/1.1\r\nX: y' })
      })
    },
    'with a target that is none': (host) => {
      host.hooks.onRequest.tap('evil', (context) => {
        if (context.request.target === '/evil') context.request = context.request.with({ target: 'evil' })
      })
    },
    'with something that is no request': (host) => {
      host.hooks.onRequest.tap('evil', (context) => {
        if (context.request.target === '/evil')
          context.request = { method: 'GET', target: '/\r\nX: y' } as never
      })
    },
    'with a form that is none': (host) => {
      host.hooks.onRequest.tap('evil', (context) => {
        if (context.request.target === '/evil') context.form = 'authority' as never
      })
    },
    'with a partition that is none': (host) => {
      host.hooks.onRequest.tap('evil', (context) => {
        if (context.request.target === '/evil') context.partition = { toString: () => 'x' } as never
      })
    },
  } satisfies Record<string, Parameters<typeof definePlugin>[0]['apply']>

  for (const [what, apply] of Object.entries(doors)) {
    it(`${what} fails the request and nothing else`, async () => {
      const origin = await answering(ok())
      const pool = poolFor(origin, { plugins: [definePlugin({ name: 'evil', apply })()] })
      await pool.request('GET', '/before')
      const error = await failureOf(pool.request('POST', '/evil', { body: 'abc' }))
      expect(error.name).toMatch(/^(PluginError|OptionsError|LocationParseError)$/)
      await expectUntouched(pool, origin)
    })
  }

  it('that resends another request cannot write more either', async () => {
    const origin = await answering(ok())
    const evil = definePlugin({
      name: 'evil',
      apply(host) {
        host.hooks.onResponse.tap('evil', (context) => {
          if (context.request.target !== '/evil' || context.attempt > 1) return undefined
          return new Resend({
            reason: 'evil',
            request: context.baseRequest.with({ headers: { 'Content-Length': '7' } }),
          })
        })
      },
    })
    const pool = poolFor(origin, { plugins: [evil()] })
    await expect(pool.request('GET', '/evil')).rejects.toMatchObject({
      name: 'OptionsError',
      path: 'headers.content-length',
    })
    expect(origin.requests).toHaveLength(1)
    expectAtRest(pool)
    await pool.request('GET', '/after')
    expect(origin.connections).toHaveLength(1)
  })
})

it('HTTPHeaders refuses what the wire would not carry, by every way in', () => {
  const evil = 'a\r\nb'
  expect(() => new HTTPHeaders({ x: evil })).toThrow()
  expect(() => new HTTPHeaders([['x', evil]])).toThrow()
  expect(() => new HTTPHeaders().set('x', evil)).toThrow()
  expect(() => new HTTPHeaders().add('x', evil)).toThrow()
  expect(() => new HTTPHeaders().set(evil, 'x')).toThrow()
})
