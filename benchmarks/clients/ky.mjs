// ky, on the fetch that Node ships; otherwise its defaults.
import { readFileSync } from 'node:fs'
import ky from 'ky'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.resolve('ky')), 'utf8'))

export async function open(setup) {
  const client = ky.create({ timeout: 60_000 })
  const url = setup.origin + setup.path
  return { version, once: () => client.get(url).arrayBuffer(), close() {} }
}
