/** The tests of a new plugin: what it does, and that it keeps what every plugin must. On node:test, so that nothing else is needed. */
import type { PluginNames } from '../plugin-names.js'
import type { Files } from './manifest.js'

/** See the file's head. */
export function tests({ plugin, variable, header }: PluginNames): Files {
  const field = `x-${header.toLowerCase()}`
  return {
    [`src/${plugin}.test.ts`]: `/** What the plugin does, seen from the server: a real one, that records what arrived. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { connectionFromUrl, OptionsError } from '@rockpool/core'
import { answerAll, response, scriptedServer } from '@rockpool/testkit'
import { ${variable} } from './index.js'

describe('${variable}', () => {
  it('sends its field, unless a request says not to', async () => {
    await using server = await scriptedServer(answerAll(response(200, 'hello')))
    await using pool = connectionFromUrl(server.origin, { plugins: [${variable}({ value: 'high' })] })
    await pool.request('GET', '/with')
    await pool.request('GET', '/without', { ${variable}: false })
    const fields = server.connections[0]?.requests.map((request) => request.header('${field}'))
    assert.deepEqual(fields, ['high', undefined])
  })

  it('leaves the response as it is', async () => {
    await using server = await scriptedServer(answerAll(response(200, 'hello')))
    await using pool = connectionFromUrl(server.origin, { plugins: [${variable}({ value: 'high' })] })
    const answer = await pool.request('GET', '/')
    assert.deepEqual([answer.status, await answer.text()], [200, 'hello'])
  })

  it('refuses what it cannot do where it is made', () => {
    assert.throws(() => ${variable}({ value: '' }), OptionsError)
    // @ts-expect-error a slip
    assert.throws(() => ${variable}({ valeu: 'high' }), OptionsError)
  })
})
`,
    'src/conformance.test.ts': `/** What every plugin must keep: no leak, no deaf wait, no other plugin disturbed. */
import { describe, it } from 'node:test'
import { describePlugin } from '@rockpool/testkit'
import { ${variable} } from './index.js'

describePlugin(${variable}, {
  describe,
  it,
  validOptions: { value: 'high' },
  invalidOptions: [
    [{ value: '' }, 'value'],
    [{}, 'value'],
  ],
  requestOptions: { ${variable}: true },
})
`,
  }
}
