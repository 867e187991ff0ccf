// What every plugin must keep, alone and among others, whichever is installed first.
import type { Plugin } from '@rockpool/core/plugin'
import { redirect, retry } from '@rockpool/plugin-retry'
import { describePlugin } from '@rockpool/testkit'
import { describe, it } from 'vitest'
import { bearer } from '../src/index.js'

/** Of the servers of the suite, which come and go. */
let origins = ['https://api.example']
const toNewServer = (server: { readonly origin: string }): undefined => {
  origins = [server.origin]
}
const options = {
  describe,
  it,
  validOptions: { token: 'c0nf0rming', origins },
  invalidOptions: [
    [{ token: '', origins }, 'token'],
    [{ token: 'abc', origins: ['ftp://api.example'] }, 'origins.0'],
  ],
  requestOptions: { anonymous: false },
  secrets: ['c0nf0rming'],
  prepare: toNewServer,
} as const

describePlugin(bearer, {
  ...options,
  name: 'bearer() with a token',
  make: () => bearer({ token: 'c0nf0rming', origins }),
})

describePlugin(bearer, {
  ...options,
  name: 'bearer() that asks for its token, beside retry() and redirect()',
  make: (): Plugin => bearer({ refresh: async () => 'c0nf0rming', origins }),
  companions: () => [redirect(), retry({ total: 2 })],
})
