// The scoreboard's one rule: a figure comes from a run, or the page says that there was none.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
// @ts-expect-error a script without types
import { page } from './page.mjs'
// @ts-expect-error a script without types
import { AREAS } from './rows.mjs'

const render = page as (results: ReadonlyMap<string, unknown>) => string
const result = (area: string, counts: Record<string, number>, failures: string[] = []): unknown => ({
  area,
  at: '2026-01-02T03:04:05.000Z',
  node: 'v20.19.0',
  command: `npm run ${area}`,
  counts,
  failures,
  ok: failures.length === 0,
})

describe('the scoreboard', () => {
  it('without any run has no figure at all', () => {
    const text = render(new Map())
    const areas = AREAS as readonly { readonly title: string }[]
    expect(areas.length).toBeGreaterThan(8)
    for (const { title } of areas) expect(text).toContain(`## ${title}\n\n**not run**`)
    expect(text).toContain('## Planted bugs\n\n**not run**')
    expect(text).not.toMatch(/^\|/m)
  })

  it('shows the figures of a run, and "not run" for what the run did not measure', () => {
    const text = render(
      new Map([
        [
          'mutation',
          result('mutation', {
            'codec score': 91.5,
            'codec killed': 1_830,
            'codec mutants': 2_000,
            'codec unexplained': 4,
          }),
        ],
      ]),
    )
    expect(text).toContain(
      '| codec | 91.5 % (1 830 of 2 000; 4 survivors without an explanation) | 85 %; 0 |',
    )
    expect(text).toContain('| pool | not run | 85 %; 0 |')
    expect(text).toContain('2026-01-02 03:04 UTC · Node 20.19.0 · `npm run mutation`')
  })

  it('shows a failure before everything else', () => {
    const text = render(new Map([['soak', result('soak', { leakedSockets: 0 }, ['one | was `lost`'])]]))
    expect(text).toContain('**1 failures**')
    expect(text).toContain('| leaked sockets | 0 |')
    expect(text).toContain("- `one \\| was 'lost'`")
  })

  it('shows areas it has never heard of', () => {
    expect(render(new Map([['weather', result('weather', { rain: 3 })]]))).toContain('| rain | 3 |')
  })

  it('is where the README has its figures from', () => {
    const figures = (name: string, heading: string): string[] => {
      const text = readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8')
      const section = text.slice(text.indexOf(heading)).split('\n## ', 2)
      return (heading === '' ? text : (section[0] ?? '')).match(/\d+(?:[ .]\d+)*/g) ?? []
    }
    const shown = figures('README.md', '## How it is tested')
    const measured = new Set(figures('docs/reliability.md', ''))
    expect(shown.length).toBeGreaterThan(12)
    expect(shown.filter((each) => !measured.has(each))).toEqual([])
  })
})
