// What the scoreboard shows of each area. A row is `[what, figure of the counts, bar]`; a bar of undefined is "for information".
const of = (part, whole) => (counts) => `${number(counts[part])} of ${number(counts[whole])}`
const only =
  (name, unit = '') =>
  (counts) =>
    counts[name] === undefined ? undefined : `${number(counts[name])}${unit}`

/** 1234567 → 1 234 567, so that a figure can be read. */
export function number(value) {
  if (typeof value !== 'number') return '–'
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ' ')
}

const FUZZ = ['codec', 'chunked', 'server', 'headers', 'url', 'decode']
const MUTATION = ['codec', 'pool', 'retry']

/** In the order of the page. */
export const AREAS = [
  {
    area: 'malformed',
    title: 'Malformed and odd responses',
    command: 'npm run malformed',
    rows: [
      ['malformed responses accepted', of('accepted wrongly', 'must refuse'), '0'],
      ['legal responses refused', of('refused wrongly', 'must accept'), '0'],
      ['refused with another error, or read otherwise in some cut', only('read otherwise'), '0'],
      [
        'connections kept that had to go, or gone that could be kept',
        only('connection kept or closed wrongly'),
        '0',
      ],
      ['requests answered with bytes of another response', of('next request poisoned', 'over sockets'), '0'],
      ['cuts of all cases fed to the codec', only('feeds')],
      [
        'messages one byte away from a good one, read otherwise than the grammar has it',
        of('not as the grammar says', 'one byte away'),
        '0',
      ],
    ],
  },
  {
    area: 'differential',
    title: "The same responses through Node's own parser",
    command: 'npm run differential',
    rows: [
      ['disagreements without a written reason', of('unexplained', 'compared'), '0'],
      ['disagreements with one', only('explained')],
      ['reasons that are out of date', only('out of date'), '0'],
    ],
  },
  {
    area: 'fuzz',
    title: 'Coverage-guided fuzzing',
    command: 'npm run fuzz',
    rows: FUZZ.flatMap((name) => [
      [
        `${name}: failures`,
        (counts) =>
          counts[`${name} executions`] === undefined
            ? undefined
            : `${number(counts[`${name} crashes`])} in ${number(counts[`${name} executions`])} inputs, ${number(counts[`${name} seconds`])} s`,
        '0',
      ],
    ]),
  },
  {
    area: 'mutation',
    title: 'Mutation testing: planted mistakes that the quick tests notice',
    command: 'npm run mutation',
    rows: MUTATION.map((name) => [
      name,
      (counts) =>
        counts[`${name} score`] === undefined
          ? undefined
          : `${counts[`${name} score`]} % (${number(counts[`${name} killed`])} of ${number(counts[`${name} mutants`])}; ${number(counts[`${name} unexplained`])} survivors without an explanation)`,
      '85 %; 0',
    ]),
  },
  {
    area: 'coverage',
    title: 'Coverage by the tests of `npm test`',
    command: 'npm run coverage',
    rows: ['lines', 'branches', 'functions', 'statements'].map((name) => [name, only(name, ' %')]),
  },
  { area: 'faults', title: 'Fault matrix', command: 'npm run faults:score' },
  { area: 'soak', title: 'Soak', command: 'npm run soak' },
  { area: 'load', title: 'Load', command: 'npm run faults:score' },
  { area: 'injection', title: 'Injection by the caller', command: 'npm run security:score' },
  { area: 'advisories', title: 'Published advisories', command: 'npm run security:score' },
]

/** For areas without rows of their own: every count by its name. */
export function plainRows(counts) {
  return Object.keys(counts).map((name) => [words(name), only(name)])
}

const words = (name) => name.replace(/([a-z])([A-Z])/g, (_, a, b) => `${a} ${b.toLowerCase()}`)
