// ky, on the fetch that Node ships; otherwise its defaults.
import { readFileSync } from 'node:fs'
import ky from 'ky'
import { callOf } from './fetch-tools.mjs'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.resolve('ky')), 'utf8'))

export async function open(setup) {
  const client = ky.create({ timeout: 60_000 })
  return { version, once: callOf(client, setup.origin + setup.path, setup), close() {} }
}
