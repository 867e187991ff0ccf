/** What `--verbose` leaves out, and fields that somebody gave in a casing of their own. */
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { command, newFile } from '../support/command.js'
import { origin } from '../support/servers.js'

const sent = (raw: readonly string[] | undefined, name: string): string[] =>
  (raw ?? []).filter((_, at, all) => at % 2 === 1 && all[at - 1]?.toLowerCase() === name)

describe('--verbose', () => {
  it('tells no credential of a URL, of a redirect or of a cookie', async () => {
    const server = await origin((request, answer) => {
      if (request.url?.startsWith('/end')) return void answer.writeHead(200, { 'Set-Cookie': 'id=PWc' }).end()
      const to = `http://user:PWa@127.0.0.1:${server.port}/end?access_token=PWb&page=2`
      answer.writeHead(302, { Location: to }).end()
    })
    const { code, stderr } = await command(['-v', `${server.url}/a?access_token=PWd&page=1`])
    expect(code).toBe(0)
    expect(stderr).toContain('> GET /a?access_token=(redacted)&page=1 HTTP/1.1\n')
    expect(stderr).toContain(
      `302 Found to http://127.0.0.1:${server.port}/end?access_token=(redacted)&page=2\n`,
    )
    expect(stderr).toMatch(/^< set-cookie: \(redacted\)$/im)
    expect(stderr).not.toContain('PW')
  })

  it('tells no credential of a place that is not gone to, and --include shows what came', async () => {
    const server = await origin(
      (_, answer) => void answer.writeHead(302, { Location: 'http://user:PWa@localhost/?api_key=PWb' }).end(),
    )
    const { stdout, stderr } = await command(['-v', '-i', '--redirect', 'false', server.url])
    expect(stderr).toMatch(/^< location: http:\/\/localhost\/\?api_key=\(redacted\)$/im)
    expect(stderr).not.toContain('PW')
    expect(stdout).toContain('http://user:PWa@localhost/?api_key=PWb\r\n')
  })
})

describe('the line of a failure', () => {
  const failing: [what: string, code: number, words: string[]][] = [
    ['a connection that is refused', 7, ['http://127.0.0.1:1/a?x=PWa&note=PWb#PWc']],
    ['a URL without a scheme', 2, ['host/a?x=PWa']],
    ['a URL that breaks its grammar, a quote and a space in it', 2, ['http://h/?x=PWa"b PWc']],
    ['a URL too many', 2, ['http://h/', 'http://h/?x=PWa']],
    ['a proxy with a query', 2, ['--proxy', 'http://h:1/?x=PWa', 'http://h/']],
  ]
  it.each(failing)('has no query of the URL: %s', async (_, code, words) => {
    const { stderr, ...outcome } = await command(words)
    expect(outcome).toEqual({ code, stdout: '' })
    expect(stderr).toMatch(/^rockpool: .+\n$/)
    expect(stderr).not.toContain('PW')
  })

  it('has none of a redirect, of a refused status, or of a server that breaks off, and tells the rest', async () => {
    const server = await origin((request, answer) => {
      if (request.url?.startsWith('/gone')) return void answer.writeHead(410).end()
      if (request.url?.startsWith('/cut')) return void answer.destroy()
      answer.writeHead(302, { Location: `/again?x=PWb` }).end()
    })
    const lineOf = async (...words: string[]): Promise<string> => (await command(words)).stderr
    const { url } = server
    expect(await lineOf('--fail', `${url}/gone?x=PWa`)).toBe(`rockpool: 410 Gone from ${url}/gone?…\n`)
    expect(await lineOf(`${url}/cut?x=PWa`)).toMatch(`rockpool: gave up on GET ${url}/cut?…: `)
    expect(await lineOf('--redirect', '1', `${url}/a?x=PWa`)).toBe(
      `rockpool: gave up on GET ${url}/again?…: too many redirects (ERR_MAX_RETRY)\n`,
    )
  })
})

describe('a field in any casing', () => {
  it('stands instead of the one that would be added', async () => {
    const server = await origin()
    const own = ['-H', 'accept-encoding: gzip', '-H', 'AUTHORIZATION: Bearer x']
    await command([...own, '-u', 'a:b', '-o', newFile(), server.url])
    const raw = server.seen[0]?.rawHeaders
    expect([sent(raw, 'accept-encoding'), sent(raw, 'authorization')]).toEqual([['gzip'], ['Bearer x']])
  })

  it('without a value is not sent, whatever would have been added', async () => {
    const server = await origin()
    const own = ['-H', 'accept-encoding:', '-H', 'Authorization:']
    await command([...own, '-u', 'a:b', '-o', newFile(), server.url])
    const raw = server.seen[0]?.rawHeaders
    expect([sent(raw, 'accept-encoding'), sent(raw, 'authorization')]).toEqual([[], []])
  })

  it('is sent once when a download is continued', async () => {
    const server = await origin((_, answer) => void answer.writeHead(404).end())
    const file = newFile()
    writeFileSync(file, 'part')
    writeFileSync(`${file}.rockpool`, '"one"\n')
    await command(['-C', '-H', 'range: bytes=4-9', '-H', 'if-range: "two"', '-o', file, server.url])
    const raw = server.seen[0]?.rawHeaders
    expect([sent(raw, 'range'), sent(raw, 'if-range')]).toEqual([['bytes=4-9'], ['"two"']])
    expect(readFileSync(file, 'utf8')).toBe('part')
  })
})
