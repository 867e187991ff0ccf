import { describe, expect, it } from 'vitest'
import { basicAuthorization } from './basic-auth.js'

describe('basicAuthorization', () => {
  it.each([
    ['Aladdin', 'open sesame', 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=='],
    ['test', '123£', 'Basic dGVzdDoxMjPCow=='],
    ['', '', 'Basic Og=='],
    ['u', 'a:b', 'Basic dTphOmI='],
  ])('%s and %s', (username, password, expected) => {
    expect(basicAuthorization({ username, password })).toBe(expected)
  })

  it.each([
    ['a:b', 'p'],
    ['a\r\nb', 'p'],
    ['a', 'p\0'],
    ['a', '\x7f'],
    ['a', '\n'],
  ])('%j and %j are refused without being quoted', (username, password) => {
    expect(() => basicAuthorization({ username, password })).toThrow(
      expect.objectContaining({ path: 'credentials' }),
    )
  })
})
