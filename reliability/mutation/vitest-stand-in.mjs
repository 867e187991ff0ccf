// As much of vitest as the tests of the mutated areas use, in one process and without a worker: a mutant costs milliseconds.
//
// The assertions are vitest's own (@vitest/expect). Tests are collected once, when their files are imported, and run as often as
// there are mutants; a file whose tests would disturb each other that way does not belong into an area.
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  chai,
  getState,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from '@vitest/expect'

chai.use(JestExtend)
chai.use(JestChaiExpect)
chai.use(JestAsymmetricMatchers)

export const expect = (value, message) => {
  const { assertionCalls = 0 } = getState(expect) ?? {}
  setState({ assertionCalls: assertionCalls + 1 }, expect)
  return chai.expect(value, message)
}
Object.assign(expect, chai.expect, globalThis[ASYMMETRIC_MATCHERS_OBJECT])
expect.getState = () => getState(expect)
expect.setState = (state) => setState(state, expect)
setState({ assertionCalls: 0, isExpectingAssertions: false, currentTestName: '', testPath: '' }, expect)

/** What was collected: `{ id, name, run }`, in order. */
export const tests = []
let file = ''
let suite = { name: '', parent: undefined, before: [], after: [], first: [], last: [], opened: false }
let cleanUps = []

/** Tests collected from now on belong to this file. */
export function collectFrom(name) {
  file = name
  suite = { name: '', parent: undefined, before: [], after: [], first: [], last: [], opened: false }
}

export function describe(name, body) {
  const outer = suite
  suite = {
    name: `${outer.name}${name} > `,
    parent: outer,
    before: [],
    after: [],
    first: [],
    last: [],
    opened: false,
  }
  body()
  suite = outer
}

export function it(name, body) {
  const owner = suite
  const id = `${tests.length} ${file}`
  tests.push({ id, name: `${file} > ${owner.name}${name}`, owner, run: () => runIn(owner, body) })
}
export const test = it

export const beforeEach = (hook) => suite.before.push(hook)
export const afterEach = (hook) => suite.after.push(hook)
export const beforeAll = (hook) => suite.first.push(hook)
export const afterAll = (hook) => suite.last.push(hook)
export const onTestFinished = (hook) => cleanUps.push(hook)

describe.each = (rows) => (name, body) => {
  rows.forEach((row, index) => {
    describe(`${name} [${index}]`, () => body(...argumentsOf(row)))
  })
}
it.each = (rows) => (name, body) => {
  rows.forEach((row, index) => {
    it(`${name} [${index}]`, () => body(...argumentsOf(row)))
  })
}

const argumentsOf = (row) => (Array.isArray(row) ? row : [row])

function chainOf(owner) {
  const chain = []
  for (let each = owner; each !== undefined; each = each.parent) chain.unshift(each)
  return chain
}

// `beforeAll` runs before each test and `afterAll` behind each: what a mutant spoils must not stay for the next one.
async function runIn(owner, body) {
  const chain = chainOf(owner)
  cleanUps = []
  try {
    for (const each of chain) for (const hook of [...each.first, ...each.before]) await hook()
    await body({ expect })
  } finally {
    for (const hook of cleanUps.reverse()) await hook()
    for (const each of chain.reverse()) for (const hook of [...each.after, ...each.last]) await hook()
  }
}
