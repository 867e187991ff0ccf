import { definePlugin } from '@rockpool/core/plugin'
import { describe, expect, it } from 'vitest'
import { NameError, pluginNames } from './plugin-names.js'

describe('the name of a plugin', () => {
  it('takes the forms that are needed', () => {
    const names = {
      package: 'rockpool-plugin-tide-table2',
      plugin: 'tide-table2',
      variable: 'tideTable2',
      type: 'TideTable2',
      header: 'Tide-Table2',
    }
    expect(pluginNames('tide-table2')).toEqual(names)
    expect(pluginNames('rockpool-plugin-tide-table2')).toEqual(names)
    expect(pluginNames('a').variable).toBe('a')
  })

  it.each([
    '',
    'Tide',
    'tide_table',
    '-tide',
    'tide-',
    'tide--table',
    '1st',
    'tide table',
    '../tide',
    'a'.repeat(101),
    'rockpool-plugin-',
  ])('is not %j', (name) => {
    expect(() => pluginNames(name)).toThrow(NameError)
  })

  it.each(['retry', 'class', 'await', 'stages'])('is not %s, which is taken', (name) => {
    expect(() => pluginNames(name)).toThrow(/taken/)
  })

  it('is one that core takes', () => {
    for (const name of ['a', 'tide-table', 'x9-y8']) {
      expect(() => definePlugin({ name: pluginNames(name).plugin, apply: () => undefined })).not.toThrow()
    }
  })
})
