import { describe, expect, it } from 'vitest'
import { LocationParseError } from './errors.js'
import { Origin } from './origin.js'
import { isSameHost } from './same-host.js'

describe('isSameHost', () => {
  it.each([
    ['http', 'google.com', undefined, '/'],
    ['http', 'google.com', undefined, '//other/path'],
    ['http', 'google.com', undefined, 'http://google.com/'],
    ['http', 'google.com', undefined, 'http://GOOGLE.com:80/abracadabra'],
    ['http', 'google.com', 80, 'http://google.com'],
    ['https', 'google.com', undefined, 'https://google.com:443/'],
    ['http', 'google.com', 0, 'http://google.com:0/'],
    ['http', 'google.com', undefined, 'google.com'],
    ['http', '2607:f8b0:4005:805::200e%25eth0', undefined, 'http://[2607:f8b0:4005:805::200e%eth0]/'],
    ['http', '[2607:F8B0:4005:805::200E]', 80, 'http://[2607:f8b0:4005:805::200e]:80'],
  ] as const)('%s %s %s is the server of %s', (scheme, host, port, url) => {
    expect(isSameHost(Origin.of(scheme, host, port), url)).toBe(true)
  })

  it.each([
    ['http', 'google.com', undefined, 'http://yahoo.com/'],
    ['http', 'google.com', undefined, 'https://google.com/'],
    ['https', 'google.com', undefined, 'http://google.com:443/'],
    ['https', 'google.com', 80, 'https://google.com/'],
    ['http', 'google.com', undefined, 'http://google.com:0/'],
    ['http', 'google.com', 0, 'http://google.com/'],
    ['http', 'google.com', undefined, 'http://google.com./'],
    ['http', 'google.com', undefined, 'ftp://google.com/'],
    ['http', 'google.com', undefined, ''],
    ['http', 'google.com', undefined, '*'],
    ['http', 'google.com', undefined, 'foo'],
    ['http', '2607:f8b0:4005:805::200e%eth0', undefined, 'http://[2607:f8b0:4005:805::200e%eth1]/'],
    ['http', '2607:f8b0:4005:805::200e%eth0', undefined, 'http://[2607:f8b0:4005:805::200e]/'],
  ] as const)('%s %s %s is not the server of %j', (scheme, host, port, url) => {
    expect(isSameHost(Origin.of(scheme, host, port), url)).toBe(false)
  })

  it('a url that cannot be read is an error, not another host', () => {
    expect(() => isSameHost(Origin.of('http', 'h'), 'http://h:x/')).toThrow(LocationParseError)
  })
})
