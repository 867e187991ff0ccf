// got with keep-alive agents; otherwise its defaults.
import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import got from 'got'

const { version } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.resolve('got')), 'utf8'),
)

export async function open(setup) {
  const options = { keepAlive: true, maxSockets: setup.connections }
  const agent = { http: new http.Agent(options), https: new https.Agent(options) }
  const client = got.extend({
    agent,
    timeout: { connect: 10_000, response: 60_000 },
    ...(setup.secure ? { https: { certificateAuthority: readFileSync(setup.caFile) } } : {}),
  })
  const url = setup.origin + setup.path
  return {
    version,
    once: () => client(url, { responseType: 'buffer', resolveBodyOnly: true }),
    close() {
      agent.http.destroy()
      agent.https.destroy()
    },
  }
}
