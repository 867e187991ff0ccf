/** The code of docs/proxy.md, run as it stands there: only addresses and the trusted CA are put in. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { authority } from './support/calls.js'
import { origin } from './support/origin.js'
import { proxyServer } from './support/proxy-server.js'
import { socksServer } from './support/socks-server.js'

const document = fileURLToPath(new URL('../../../docs/proxy.md', import.meta.url))
const blocks = [...readFileSync(document, 'utf8').matchAll(/^```ts[^\n]*\n(.*?)^```$/gms)].map(
  (match) => match[1] as string,
)

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

/** The code with the addresses of servers that are there, which all lead to our origins. */
async function aimed(code: string): Promise<string> {
  const plain = await origin()
  const secure = await origin(undefined, authority)
  const places = { to: plain.port, tunnelsTo: secure.port }
  const basic = `Basic ${Buffer.from('crab:p@ss/word').toString('base64')}`
  const open = await proxyServer(places)
  const secured = await proxyServer({ ...places, authority })
  const closed = await proxyServer({ ...places, admit: (value) => value === basic })
  const asking = await proxyServer({
    ...places,
    admit: (value) => value === 'Token let-me-in',
    challenge: 'Token realm="pond"',
  })
  const socks = await socksServer({ to: plain.port })
  return code
    .replaceAll('proxy.example:3128', `127.0.0.1:${open.port}`)
    .replaceAll('private.example:3128', `127.0.0.1:${closed.port}`)
    .replaceAll('asking.example:3128', `127.0.0.1:${asking.port}`)
    .replaceAll('secure.example:3129', `localhost:${secured.port}`)
    .replaceAll('socks.example:1080', `127.0.0.1:${socks.port}`)
    .replaceAll('localhost:8080', `localhost:${plain.port}`)
    .replaceAll('/etc/example/ca.pem', authority.caFile)
    .replaceAll('tls()', `tls({ caCerts: ${JSON.stringify(authority.caFile)} })`)
}

describe('docs/proxy.md', () => {
  it('has code', () => expect(blocks.length).toBeGreaterThan(7))

  it.each(blocks.map((code, index) => ({ code, index })))(
    'block $index prints what it promises',
    async ({ code }) => {
      for (const name of ['http_proxy', 'no_proxy']) vi.stubEnv(name, process.env[name])
      const printed: string[] = []
      vi.spyOn(console, 'log').mockImplementation(
        (...values) => void printed.push(values.map(String).join(' ')),
      )
      const cache = fileURLToPath(new URL('../../../.turbo', import.meta.url))
      mkdirSync(cache, { recursive: true })
      const folder = mkdtempSync(join(cache, 'rockpool-proxy-docs-'))
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
      const target = ts.ScriptTarget.ES2022
      const compilerOptions = { target, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true }
      const file = join(folder, 'block.mjs')
      writeFileSync(file, ts.transpileModule(await aimed(code), { compilerOptions }).outputText)
      await import(/* @vite-ignore */ file)
      const promised = [...code.matchAll(/console\.log\(.*\/\/ → (.*)$/gm)].map((match) => match[1] as string)
      const said = printed.filter((line) => !line.startsWith('Token'))
      expect(said).toHaveLength(promised.length)
      for (const [index, promise] of promised.entries()) {
        const pattern = promise.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
        expect(said[index]).toMatch(new RegExp(`^${pattern.join('.*')}$`))
      }
    },
  )
})
