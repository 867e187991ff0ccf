/** The command against a real nginx, through a real squid, and on a real terminal as util-linux's `script` makes one. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import {
  chmodSync,
  createReadStream,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { certificates } from '@rockpool/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasSquid, squid } from '../../plugin-proxy/interop/support/proxies.js'
import { hasNginx, Nginx } from '../../plugin-retry/interop/nginx.js'
import { freePort } from '../../testkit/interop/ports.js'

const entry = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const SIZE = 100 * 1_048_576
const authority = certificates.ca()
const leaf = authority.leaf()

let directory = ''
let http = ''
let https = ''
let nginx: Nginx | undefined

beforeAll(async () => {
  if (!hasNginx()) return
  directory = mkdtempSync(join(tmpdir(), 'rockpool-command-'))
  // nginx gives up its rights before it reads.
  chmodSync(directory, 0o755)
  for (let part = 0; part < 10; part += 1) {
    writeFileSync(join(directory, 'large.bin'), randomBytes(SIZE / 10), { flag: 'a' })
  }
  const [port, securePort] = [await freePort(), await freePort()]
  http = `http://127.0.0.1:${port}`
  https = `https://localhost:${securePort}`
  nginx = new Nginx(
    `server {
       listen 127.0.0.1:${port};
       root ${directory};
       location = /paced/large.bin { alias ${directory}/large.bin; limit_rate 60m; }
       location = /one { return 301 /two; }
       location = /two { return 307 ${https}/three; }
       location / { }
     }
     server {
       listen 127.0.0.1:${securePort} ssl;
       ssl_certificate ${leaf.chainFile};
       ssl_certificate_key ${leaf.keyFile};
       location / { return 200 "secure $uri"; }
     }`,
    port,
  )
  await nginx.start()
})

afterAll(async () => {
  await nginx?.[Symbol.asyncDispose]()
  if (directory !== '') rmSync(directory, { recursive: true, force: true })
})

const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/_proxy$/i.test(name)))

function start(
  program: string,
  words: readonly string[],
): { child: ChildProcess; done: Promise<[number | null, string]> } {
  const child = spawn(program, words, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const done = new Promise<[number | null, string]>((resolve) =>
    child.once('close', (code) => resolve([code, output])),
  )
  return { child, done }
}

const command = (...words: string[]): Promise<[number | null, string]> =>
  start(process.execPath, [entry, ...words]).done

async function digest(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

/** Waits until the file has grown to this; the file system tells nobody, so it is asked. */
async function grownTo(path: string, bytes: number, writer: ChildProcess): Promise<void> {
  while (writer.exitCode === null && (statSync(path, { throwIfNoEntry: false })?.size ?? 0) < bytes) {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

function hasScript(): boolean {
  try {
    execFileSync('script', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

describe.skipIf(!hasNginx())('the command and nginx', () => {
  it('downloads 100 MiB, is killed on the way, and goes on where it was', async () => {
    const file = join(directory, 'copy.bin')
    const { child, done } = start(process.execPath, [entry, '-o', file, `${http}/paced/large.bin`])
    await grownTo(file, SIZE / 4, child)
    child.kill('SIGKILL')
    await done
    const there = statSync(file).size
    expect(there).toBeLessThan(SIZE)
    const [code, output] = await command('-v', '-o', file, '--continue', `${http}/large.bin`)
    expect([code, await digest(file)]).toEqual([0, await digest(join(directory, 'large.bin'))])
    expect(output).toMatch(/> If-Range: "[0-9a-f]+-[0-9a-f]+"\n/)
    expect(output).toContain('< HTTP/1.1 206 Partial Content')
    expect(output).toContain(`Content-Range: bytes ${there}-${SIZE - 1}/${SIZE}`)
    expect(await command('-o', file, '-C', `${http}/large.bin`)).toEqual([
      0,
      expect.stringMatching(/complete already/),
    ])
  })

  it.skipIf(!hasScript())('shows on a terminal how far it is', async () => {
    const file = join(directory, 'shown.bin')
    const line = [process.execPath, entry, '-o', file, `${http}/paced/large.bin`].join(' ')
    const [code, output] = await start('script', ['-qec', line, '/dev/null']).done
    const drawn = output.split('\r').filter((each) => /^ *\d+ % /.test(each))
    expect([code, statSync(file).size]).toEqual([0, SIZE])
    expect(drawn.length).toBeGreaterThan(5)
    expect(drawn.some((each) => /MiB\/s, \d+ s left/.test(each))).toBe(true)
    expect(drawn.at(-1)).toMatch(/100 MiB of 100 MiB, .*, done/)
  })

  it('keeps to pins, and follows a chain of redirects to them', async () => {
    const trusting = ['--ca', authority.certFile, '--pin', leaf.spkiPin]
    const har = join(directory, 'chain.har')
    expect(await command(...trusting, '--har', har, `${http}/one`)).toEqual([0, 'secure /three'])
    const { log } = JSON.parse(readFileSync(har, 'utf8')) as {
      log: { entries: { response: { status: number }; serverIPAddress: string }[] }
    }
    expect(log.entries.map(({ response }) => response.status)).toEqual([301, 307, 200])
    expect(log.entries.map(({ serverIPAddress }) => serverIPAddress)).toEqual(Array(3).fill('127.0.0.1'))
    const [code, output] = await command(
      '--ca',
      authority.certFile,
      '--pin',
      `sha256/${'A'.repeat(43)}=`,
      https,
    )
    expect([code, output]).toEqual([90, expect.stringContaining('ERR_PIN')])
    expect(await command(https)).toEqual([60, expect.stringContaining('ERR_CERTIFICATE')])
  })

  it.skipIf(!hasSquid)('goes through squid, in clear and in a tunnel', async () => {
    const proxy = await squid()
    const through = ['-x', `http://127.0.0.1:${proxy.port}`, '--ca', authority.certFile, '-v']
    const [code, output] = await command(...through, https)
    expect(code).toBe(0)
    expect(output).toContain('secure /')
    expect(output).toMatch(/\* route: tcp 127\.0\.0\.1:\d+, connect localhost:\d+, tls localhost/)
    const file = join(directory, 'proxied.bin')
    expect((await command(...through, '-o', file, `${http}/large.bin`))[0]).toBe(0)
    expect(await digest(file)).toBe(await digest(join(directory, 'large.bin')))
  })
})
