/** Checks of what the plugin accepts: its own options, and those it adds to every request. */
import assert from 'node:assert/strict'
import { OptionsError, type RequestOptions } from '@rockpool/core'
import { answerAll, response } from '../server/script.js'
import { type Bench, told } from './bench.js'
import type { Check } from './check.js'

/** Found in the stack of a refused option: the line that called the factory. */
function callFactoryHere(bench: Bench, options: unknown): unknown {
  const { factory } = bench.settings
  if (factory === undefined) throw new TypeError('describePlugin was given no factory')
  try {
    factory(options as never)
  } catch (error) {
    return error
  }
  return undefined
}

function expectRefusal(bench: Bench, options: unknown): OptionsError {
  const error = callFactoryHere(bench, options)
  const what = JSON.stringify(options)
  assert.ok(error !== undefined, `the factory must refuse ${what}`)
  assert.ok(error instanceof OptionsError, `${what} must be refused with an OptionsError, not ${told(error)}`)
  assert.ok(
    (error.stack ?? '').includes('callFactoryHere'),
    'the stack of the OptionsError must show the line that made the plugin',
  )
  return error
}

async function refusesBadOptions(bench: Bench): Promise<void> {
  for (const [options, path] of bench.settings.invalidOptions) {
    assert.equal(expectRefusal(bench, options).path, path, `path of the error for ${JSON.stringify(options)}`)
  }
}

async function refusesUnknownOption(bench: Bench): Promise<void> {
  expectRefusal(bench, { ...(bench.settings.validOptions as object | undefined), conformanceUnknown: true })
}

async function acceptsRequestOptions(bench: Bench): Promise<void> {
  const { requestOptions, make } = bench.settings
  const declared = Object.keys(make().requestOptions)
  for (const name of Object.keys(requestOptions)) {
    assert.ok(declared.includes(name), `the plugin does not declare the request option "${name}"`)
  }
  const pool = bench.pool(await bench.serve(answerAll(response(200, 'hello'))))
  await bench.expectText(pool, '/with-options', 'hello')
}

async function refusesTypos(bench: Bench): Promise<void> {
  const server = await bench.serve(answerAll(response(200, 'hello')))
  const pool = bench.pool(server)
  const declared = Object.keys(bench.settings.make().requestOptions)
  for (const name of ['conformance', ...declared]) {
    const typo = `${name}Typo`
    const refused = bench.call(pool, '/', { [typo]: true } as RequestOptions)
    const error = await bench.failure(refused, `a call with the option "${typo}"`)
    assert.ok(
      error instanceof OptionsError,
      `"${typo}" must be refused with an OptionsError, not ${told(error)}`,
    )
  }
  assert.equal(server.requests.length, 0, 'requests that were sent')
}

/** See the file's head. */
export const optionChecks: readonly Check[] = [
  {
    name: 'refuses bad options where the plugin is made, with a path',
    applies: ({ factory, invalidOptions }) => factory !== undefined && invalidOptions.length > 0,
    run: refusesBadOptions,
  },
  {
    name: 'refuses an option that it does not know',
    applies: ({ factory }) => factory !== undefined,
    run: refusesUnknownOption,
  },
  { name: 'takes the request options that it declares', run: acceptsRequestOptions },
  { name: 'leaves a misspelt request option to be refused', run: refusesTypos },
]
