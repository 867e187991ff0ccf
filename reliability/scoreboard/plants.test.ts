// A planted bug that cannot be planted proves nothing: each must still find its line, once, and break it.
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
// @ts-expect-error a script without types
import { AREAS } from './rows.mjs'

interface Plant {
  readonly area: string
  readonly name: string
  readonly file: string
  readonly find: string
  readonly replace: string
  readonly command: string
}

const root = new URL('../../', import.meta.url)
const folder = new URL('../plants/', import.meta.url)
const plants = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .flatMap((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Plant | Plant[])

describe('a planted bug', () => {
  for (const { area, name, file, find, replace, command } of plants) {
    it(`(${area}: ${name}) finds the line that it breaks`, () => {
      const source = readFileSync(new URL(file, root), 'utf8')
      expect(source.split(find).length - 1, `times that ${file} has: ${find}`).toBe(1)
      expect(replace).not.toBe(find)
      expect(command).toMatch(/^npm (run|test)\b/)
    })
  }

  it('is there for every area of the scoreboard, and no two have one name', () => {
    const areas = new Set(plants.map(({ area }) => area))
    const shown = AREAS as readonly { readonly area: string }[]
    expect(shown.filter(({ area }) => !areas.has(area))).toEqual([])
    const names = plants.map(({ area, name }) => `${area}: ${name}`)
    expect(new Set(names).size).toBe(names.length)
    expect(plants.filter(({ name }) => !name)).toEqual([])
  })
})
