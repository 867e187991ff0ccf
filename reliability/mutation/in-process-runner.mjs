// A test runner for Stryker that stays in one process: the tests are imported once, with every mutant in the sources and all of
// them off; to test a mutant is to switch it on and run the tests that reach it until one fails.
//
// Stryker's own runner for vitest starts a worker and imports everything for each mutant, half a second of processor time
// against some milliseconds here. What a mutant leaves behind in modules could reach the next one; so a mutant that only
// module-level code reaches is left out (`ignoreStatic`), and the process is started anew after a time-out.
import { readdirSync } from 'node:fs'
import { register } from 'node:module'
import { basename, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { commonTokens, declareClassPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin'
import {
  DryRunStatus,
  determineHitLimitReached,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner'
import { areas, leftOut } from './areas.mjs'

const NAMESPACE = '__stryker__'
class InProcessRunner {
  #tests = []

  capabilities() {
    return { reloadEnvironment: false }
  }

  async init() {
    const here = (path) => pathToFileURL(resolve(path)).href
    const standIn = here('reliability/mutation/vitest-stand-in.mjs')
    register(here('reliability/loader/hooks.mjs'), { data: { watch: false, vitest: standIn } })
    process.env.ROCKPOOL_MOST_SPLITS = '10'
    process.on('unhandledRejection', (error) => stray?.(error))
    process.on('uncaughtException', (error) => stray?.(error))
    const { collectFrom, tests } = await import(standIn)
    for (const file of testFiles(areas[process.env.ROCKPOOL_MUTATION_AREA].tests)) {
      collectFrom(file)
      await import(here(file))
    }
    this.#tests = tests
  }

  async dryRun() {
    globalThis[NAMESPACE] ??= {}
    const space = globalThis[NAMESPACE]
    space.activeMutant = undefined
    const results = []
    for (const test of this.#tests) {
      space.currentTestId = test.id
      results.push(await resultOf(test))
      space.currentTestId = undefined
    }
    return { status: DryRunStatus.Complete, tests: results, mutantCoverage: space.mutantCoverage }
  }

  async mutantRun({ activeMutant, testFilter, hitLimit, disableBail }) {
    const space = globalThis[NAMESPACE]
    Object.assign(space, { activeMutant: activeMutant.id, hitCount: 0, hitLimit })
    const wanted = testFilter === undefined ? undefined : new Set(testFilter)
    const results = []
    for (const test of this.#tests) {
      if (wanted !== undefined && !wanted.has(test.id)) continue
      const result = await resultOf(test)
      results.push(result)
      if (result.status === TestStatus.Failed && !disableBail) break
    }
    const reached = determineHitLimitReached(space.hitCount, space.hitLimit)
    Object.assign(space, { activeMutant: undefined, hitCount: undefined, hitLimit: undefined })
    return toMutantRunResult(reached ?? { status: DryRunStatus.Complete, tests: results })
  }
}

async function resultOf({ id, name, run }) {
  const began = performance.now()
  const facts = () => ({ id, name, timeSpentMs: performance.now() - began })
  try {
    await ended(run())
    return { ...facts(), status: TestStatus.Success }
  } catch (error) {
    return {
      ...facts(),
      status: TestStatus.Failed,
      failureMessage: String(error?.message ?? error).slice(0, 300),
    }
  }
}

/** Told of what nobody caught: it belongs to the test that runs. */
let stray

/**
 * The promise, or a failure when something nobody catches is thrown meanwhile. A test that never ends is Stryker's to end: it
 * takes a time-out for noticed and starts the process anew, and only that stops what such a test has left running.
 */
function ended(running) {
  const thrown = new Promise((_, reject) => {
    stray = reject
  })
  return Promise.race([running, thrown])
}

function testFiles(folders) {
  return folders
    .flatMap((folder) => readdirSync(folder, { recursive: true }).map((name) => join(folder, name)))
    .filter((file) => file.endsWith('.test.ts') && !leftOut.includes(basename(file)))
    .sort()
}

InProcessRunner.inject = tokens(commonTokens.options)
export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'in-process', InProcessRunner)]
