// Every snippet of docs/tls.md, run against a server of our own that plays api.example.com.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { certificates } from '@rockpool/testkit'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { certificateDirectory, encryptedKey, pinOf } from './openssl.js'
import { startTlsServer, type TlsTestServer } from './tls-server.js'

const guide = readFileSync(fileURLToPath(new URL('../../../docs/tls.md', import.meta.url)), 'utf8')
const snippets = [...guide.matchAll(/^```ts[^\n]*\n(.*?)^```$/gms)].map(([, code = '']) => code)

const ca = certificates.ca()
const clientCa = certificates.ca({ label: 'client' })
const current = ca.leaf({ hosts: ['localhost'] })
const next = ca.leaf({ hosts: ['localhost'], label: 'next' })
const client = clientCa.leaf({ commonName: 'client', usage: 'client', altNames: [] })
const files = mkdtempSync(join(certificateDirectory, 'guide-'))
let server: TlsTestServer

beforeAll(async () => {
  const contents = {
    'ca.pem': ca.cert,
    'other-ca.pem': clientCa.cert,
    'client.pem': client.cert,
    'client.key': readFileSync(encryptedKey(client, 'correct horse'), 'utf8'),
    'current.pem': current.cert,
    'next.pem': next.cert,
  }
  for (const [name, content] of Object.entries(contents)) writeFileSync(join(files, name), content)
  server = await startTlsServer(current, { requestCert: true, rejectUnauthorized: false, ca: clientCa.cert })
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

/** The snippet with the addresses of this test in it. */
function aimed(code: string): string {
  return code
    .replaceAll('https://api.example.com', `https://localhost:${server.port}`)
    .replaceAll('api.example.com', 'localhost')
    .replaceAll('/etc/example/', `${files}/`)
    .replaceAll('tls()', `tls({ caCerts: '${files}/ca.pem' })`)
    .replaceAll('sha256/X3pGTSOuJeEVw989IJ/cEtXUEmy52zs1TZQrU06KUKg=', pinOf(current))
}

it('the guide has snippets', () => {
  expect(snippets.length).toBeGreaterThanOrEqual(8)
})

it.each(snippets.map((code, index) => ({ code, index })))(
  'snippet $index runs and prints what it promises',
  async ({ code, index }) => {
    const file = join(files, `snippet-${index}.ts`)
    writeFileSync(file, aimed(code))
    const printed: string[] = []
    const log = vi.spyOn(console, 'log').mockImplementation((...words) => void printed.push(words.join(' ')))
    try {
      await import(/* @vite-ignore */ file)
    } finally {
      log.mockRestore()
    }
    const promised = [...aimed(code).matchAll(/console\.log\(.*\/\/ → (.*)$/gm)].map(([, text = '']) =>
      text.trim(),
    )
    expect(promised.length).toBeGreaterThan(0)
    expect(printed).toHaveLength(promised.length)
    for (const [line, text] of promised.entries()) {
      const [start = '', end = ''] = text.split('…')
      expect(printed[line]?.startsWith(start) && printed[line]?.endsWith(end)).toBe(true)
      if (!text.includes('…')) expect(printed[line]).toBe(text)
    }
  },
)
