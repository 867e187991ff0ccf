// proxy() keeps what every plugin promises where no proxy is in the way; routes through one have tests of their own.
import { describePlugin } from '@rockpool/testkit'
import { describe, it } from 'vitest'
import { proxy } from '../src/index.js'

describePlugin(proxy, {
  name: 'proxy() that is passed by',
  describe,
  it,
  validOptions: { url: 'http://user:pr0xy-s3cret@127.0.0.1:9', noProxy: '*' },
  invalidOptions: [[{ useForwardingForHttps: 'yes' }, 'useForwardingForHttps']],
  secrets: ['pr0xy-s3cret'],
})
