/**
 * Reading costs no more than one look at each character: fields of 60 000 characters made to lead a backtracking expression
 * astray, and the expressions themselves. Work that grows with the square would run into the test's time-out.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { scriptedServer } from '@rockpool/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { HTTPConnectionPool, PoolManager } from '../../src/index.js'

const root = join(import.meta.dirname, '..', '..', '..')
const LENGTH = 60_000
const patterns = [
  '\\"',
  '"',
  ',',
  ', ',
  ' \t',
  'a=',
  'a=";',
  '0',
  '9',
  '-',
  '.',
  '/../',
  '%2e',
  '%',
  '@',
  ':',
  '[',
  ';a',
  'gzip,',
  '\xff',
]
const fields = [
  'Retry-After', 'Location', 'Content-Encoding', 'Connection', 'Keep-Alive', 'Transfer-Encoding', 'Content-Length', 'Upgrade',
  'Content-Type', 'Set-Cookie', 'WWW-Authenticate', 'Proxy-Authenticate', 'Date', 'Cache-Control', 'Content-Disposition',
] // biome-ignore format: a list of names

describe('a field of 60 000 characters', () => {
  it.each(fields)('%s is read at once, whatever it is made of', async (name) => {
    const server = await scriptedServer(
      async (connection) => {
        const request = await connection.readRequest()
        const pattern = patterns[Number(request.target.slice(2))] as string
        const value = pattern.repeat(Math.ceil(LENGTH / pattern.length))
        connection.send(
          Buffer.from(`HTTP/1.1 503 No\r\n${name}: a${value}x\r\nContent-Length: 0\r\n\r\n`, 'latin1'),
        )
        await connection.end()
      },
      { record: false },
    )
    onTestFinished(() => server.close().catch(() => undefined))
    await using pool = new HTTPConnectionPool('127.0.0.1', server.port, {
      retries: { total: 1, allowedMethods: 'any' },
    })
    await using forwarded = new PoolManager({ proxy: server.origin, retries: false })
    for (const index of patterns.keys()) {
      // An answer or an error: both are an end.
      await pool.request('GET', `/?${index}`).catch(() => undefined)
      if (name.startsWith('Proxy'))
        await forwarded.request('GET', `http://o.test/?${index}`).catch(() => undefined)
    }
    expect(server.connections.length).toBeGreaterThanOrEqual(patterns.length)
  })
})

/** Every regular expression of the sources, with its file. */
function expressions(): [place: string, source: string][] {
  const found: [string, string][] = []
  for (const workspace of readdirSync(root)) {
    const folder = join(root, workspace, 'src')
    for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts') || /\.test(-d)?\.ts$/.test(file)) continue
      const text = readFileSync(join(folder, file), 'utf8').replace(/^\s*(\/\/|\/?\*).*$/gm, '')
      for (const [, source = ''] of text.matchAll(
        /(?<=[=(,:?&|!]\s*|return\s)\/((?:\\.|\[(?:\\.|[^\]\n])*\]|[^/\\[\n*])(?:\\.|\[(?:\\.|[^\]\n])*\]|[^/\\[\n])*)\/[dgimsuvy]*/g,
      ))
        found.push([`${workspace}/src/${file}`, source])
    }
  }
  return found
}

/** A repeated group that has a repeat inside: `(a+)*`, `(?:a|b*)+`. Characters in classes and escapes are no repeats. */
function nestsRepeats(source: string): boolean {
  const bare = source
    .replace(/\\./g, 'x')
    .replace(/\[[^\]]*\]/g, 'x')
    .replace(/\(\?(?:[:=!]|<[=!]|<\w+>)/g, '(')
  return /\([^()]*(?:[+*]|\{\d+,\})[^()]*\)(?:[+*]|\{\d+,\d*\})/.test(bare)
}

describe('the regular expressions of the sources', () => {
  const all = expressions()

  it('are found', () => {
    expect(all.length).toBeGreaterThan(20)
    expect(['(a+)+', '(?:a|b*)*c', '([a-z]+){2,}'].map(nestsRepeats)).toEqual([true, true, true])
    expect(['[(a+)+]', '(a|b)+', '\\(a+\\)+'].map(nestsRepeats)).toEqual([false, false, false])
  })

  it('never repeat what repeats', () => {
    // Each separator is a character that the repeat cannot match, so there is one way only to read a text.
    const unambiguous = new Set([
      '^[a-z0-9_-]+(\\.[a-z0-9_-]+)*$',
      '^[a-z][a-z0-9]*(-[a-z0-9]+)*$',
      '-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----',
    ])
    expect(all.filter(([, source]) => nestsRepeats(source) && !unambiguous.has(source))).toEqual([])
  })
})
