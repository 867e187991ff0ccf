// retry() and redirect() keep what every plugin promises, alone and beside each other.
import { describePlugin } from '@rockpool/testkit'
import { describe, it } from 'vitest'
import { redirect, retry } from '../src/index.js'

describePlugin(retry, {
  name: 'retry()',
  describe,
  it,
  invalidOptions: [
    [{ total: -1 }, 'total'],
    [{ backoffFactor: 'soon' }, 'backoffFactor'],
  ],
  requestOptions: { retries: 2 },
})

describePlugin(retry, {
  name: 'retry() with statuses and a back-off, beside redirect()',
  describe,
  it,
  validOptions: { total: 5, statusForcelist: [503], backoffFactor: 100 },
  companions: () => [redirect()],
})

describePlugin(redirect, {
  name: 'redirect()',
  describe,
  it,
  invalidOptions: [[{ max: -1 }, 'max']],
  requestOptions: { redirect: 3 },
})
