import { describe, expect, it } from 'vitest'
import { refused } from './support/refusals.js'

describe('fields that frame a message or steer a connection', () => {
  const fields: Record<string, readonly (readonly [string, string])[]> = {
    'two Hosts': [
      ['Host', 'a'],
      ['hOST', 'a'],
    ],
    'a Host with a line end': [['Host', 'a\r\nX: y']],
    'a Host with a blank': [['Host', 'a b']],
    'a Host with a path': [['Host', 'a/b']],
    'a Host with user information': [['Host', 'u@b']],
    'a Host with an impossible port': [['Host', 'a:99999']],
    'half an IPv6 Host': [['Host', '[::1']],
    'an empty Host': [['Host', '']],
    'a list of Hosts': [['Host', 'a,b']],
    'two lengths': [
      ['Content-Length', '1'],
      ['content-length', '2'],
    ],
    'a length twice': [
      ['Content-Length', '1'],
      ['Content-Length', '1'],
    ],
    'length and chunked': [
      ['Content-Length', '1'],
      ['Transfer-Encoding', 'chunked'],
    ],
    'another transfer coding': [['Transfer-Encoding', 'gzip']],
    'a list of transfer codings': [['Transfer-Encoding', 'chunked, identity']],
    'chunked twice': [
      ['Transfer-Encoding', 'chunked'],
      ['Transfer-Encoding', 'chunked'],
    ],
    'a length with an exponent': [['Content-Length', '1e0']],
    'a signed length': [['Content-Length', '+1']],
    'a negative length': [['Content-Length', '-1']],
    'a hexadecimal length': [['Content-Length', '0x1']],
    'a fraction of a length': [['Content-Length', '1.0']],
    'a list of lengths': [['Content-Length', '1,1']],
    'a length that is not the body’s': [['Content-Length', '2']],
    'Connection naming a framing field': [['Connection', 'content-length']],
    'Connection naming Host': [['Connection', 'close, host']],
    'Keep-Alive': [['Keep-Alive', 'timeout=5']],
    'Proxy-Connection': [['Proxy-Connection', 'keep-alive']],
    'HTTP2-Settings': [['HTTP2-Settings', 'x']],
    Trailer: [['Trailer', 'x']],
    'TE with a coding': [['TE', 'gzip']],
    'Upgrade without Connection': [['Upgrade', 'websocket']],
    'Connection: upgrade without Upgrade': [['Connection', 'upgrade']],
    'an Upgrade that is no token': [
      ['Connection', 'upgrade'],
      ['Upgrade', 'web socket'],
    ],
    'another expectation': [['Expect', 'the best']],
  }
  for (const [what, headers] of Object.entries(fields)) {
    it(`${what}: refused`, async () => {
      const error = await refused((pool) => pool.request('POST', '/', { headers, body: 'x' }), 'OptionsError')
      expect(error).toMatchObject({ path: expect.stringMatching(/^headers/) })
    })
  }

  it('too many lines, or too long ones, are refused', async () => {
    const many = Array.from({ length: 1_001 }, (_, index) => [`X-${index}`, 'v'] as const)
    await refused((pool) => pool.request('GET', '/', { headers: many }), 'OptionsError')
    await refused(
      (pool) => pool.request('GET', '/', { headers: { 'X-Long': 'v'.repeat(300_000) } }),
      'OptionsError',
    )
  })
})
