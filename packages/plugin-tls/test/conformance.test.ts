// tls() keeps what every plugin promises, in pools that it has nothing to secure in; https has tests of its own.
import { describePlugin } from '@rockpool/testkit'
import { describe, it } from 'vitest'
import { tls } from '../src/index.js'

describePlugin(tls, {
  name: 'tls()',
  describe,
  it,
  invalidOptions: [[{ certReqs: 'maybe' }, 'certReqs']],
})
