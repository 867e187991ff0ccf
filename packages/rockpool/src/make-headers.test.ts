import { OptionsError } from '@rockpool/core'
import { describe, expect, it } from 'vitest'
import { makeHeaders } from './make-headers.js'

describe('makeHeaders', () => {
  it('makes a field for each wish', () => {
    expect(
      makeHeaders({
        keepAlive: true,
        acceptEncoding: ['gzip', 'br'],
        userAgent: 'limpet/1',
        basicAuth: 'Aladdin:open sesame',
        proxyBasicAuth: { username: 'Aladdin', password: 'open sesame' },
        disableCache: true,
      }),
    ).toEqual({
      connection: 'keep-alive',
      'accept-encoding': 'gzip, br',
      'user-agent': 'limpet/1',
      authorization: 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==',
      'proxy-authorization': 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==',
      'cache-control': 'no-cache',
    })
  })

  it('makes none for what is not wished', () => {
    expect(makeHeaders()).toEqual({})
    expect(makeHeaders({ keepAlive: false, acceptEncoding: false, disableCache: false })).toEqual({})
    expect(makeHeaders({ userAgent: undefined })).toEqual({})
  })

  it('takes codings as they are', () => {
    expect(makeHeaders({ acceptEncoding: 'br;q=1, *;q=0' })).toEqual({ 'accept-encoding': 'br;q=1, *;q=0' })
  })

  it('keeps colons of the password, and writes UTF-8', () => {
    const { authorization = '' } = makeHeaders({ basicAuth: 'ä:b:ü' })
    expect(Buffer.from(authorization.slice(6), 'base64').toString('utf8')).toBe('ä:b:ü')
  })

  it.each([
    [{ basicAuth: 'nobody' }, 'basicAuth'],
    [{ basicAuth: null }, 'basicAuth'],
    [{ proxyBasicAuth: { username: 'only' } }, 'proxyBasicAuth'],
    [{ basicAuth: 'a\n:b' }, 'credentials'],
    [{ keepAlive: 'yes' }, 'keepAlive'],
    [{ acceptEncoding: 5 }, 'acceptEncoding'],
    [{ acceptEncoding: [5] }, 'acceptEncoding'],
    [{ userAgent: 5 }, 'userAgent'],
    [{ basic_auth: 'a:b' }, 'basic_auth'],
  ])('refuses %j', (options, path) => {
    let caught: unknown
    try {
      makeHeaders(options as never)
    } catch (error) {
      caught = error
    }
    expect(caught).toBeInstanceOf(OptionsError)
    expect(caught).toMatchObject({ path })
  })
})
