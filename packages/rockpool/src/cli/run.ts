/**
 * The command: one request, its body where it belongs, and an exit code. What a person or a program wants goes to stdout;
 * everything else to stderr, failures as one line each.
 */
import { HTTPError, type HTTPResponse, LocationValueError, OptionsError, VERSION } from '@rockpool/core'
import { PoolManager } from '../pool-manager.js'
import { type Asked, asWritten, readArguments } from './arguments.js'
import { intoFile, sizeOf, startOf, toStdout } from './deliver.js'
import { helpText } from './flags.js'
import { EXIT, harmless, type Io, OutputError, UsageError } from './io.js'
import { headLines, tellHead, tellTimings, watch } from './report.js'

/** Runs the command. The exit code. */
export async function run(words: readonly string[], io: Io): Promise<number> {
  try {
    const asked = readArguments(words, io)
    if (asked === 'help') io.stdout.write(helpText())
    else if (asked === 'version') io.stdout.write(`${VERSION}\n`)
    else return await perform(asked, io)
    return EXIT.ok
  } catch (error) {
    return explain(error, io)
  }
}

async function perform(asked: Asked, io: Io): Promise<number> {
  await using manager = new PoolManager(asked.manager)
  if (asked.verbose) watch(manager, io.stderr)
  try {
    const already = asked.resume && asked.output !== undefined ? sizeOf(asked.output) : 0
    const response = await manager.request(asked.method, asked.url, {
      ...asked.request,
      headers: withRange(asked.request.headers, already),
      preloadContent: false,
      signal: io.signal,
    })
    if (asked.verbose) tellHead(response, io.stderr)
    const code = await deliver(response, already, asked, io)
    if (asked.verbose) tellTimings(response, io.stderr)
    return code
  } finally {
    if (asked.inspect) io.stderr.write(`${JSON.stringify(manager.inspect(), undefined, 2)}\n`)
  }
}

async function deliver(response: HTTPResponse, already: number, asked: Asked, io: Io): Promise<number> {
  const { output } = asked
  const start = already > 0 ? startOf(response, already) : 0
  if (start === undefined) {
    io.stderr.write(`rockpool: ${output} is complete already\n`)
    return EXIT.ok
  }
  if (response.status >= 400 && (asked.fail || output !== undefined)) {
    io.stderr.write(
      `rockpool: ${harmless(`${response.status} ${response.reason}`.trimEnd())} from ${response.url}\n`,
    )
    response.close()
    return EXIT.status
  }
  if (asked.include) io.stdout.write(`${headLines(response).join('\r\n')}\r\n\r\n`)
  if (output === undefined) {
    await toStdout(response, io)
    return EXIT.ok
  }
  if (already > 0 && start === 0) io.stderr.write('rockpool: the server sends it whole; starting over\n')
  await intoFile(response, output, start, asked, io)
  return EXIT.ok
}

function withRange(headers: Asked['request']['headers'], already: number): Asked['request']['headers'] {
  return already === 0 ? headers : { ...(headers as Record<string, string>), Range: `bytes=${already}-` }
}

function explain(error: unknown, io: Io): number {
  if (io.signal.aborted) {
    io.stderr.write('\nrockpool: interrupted\n')
    return EXIT.interrupted
  }
  const text = error instanceof OptionsError ? asWritten(error) : errorText(error)
  io.stderr.write(`rockpool: ${harmless(text).replaceAll('\n', ' ')}\n`)
  if (error instanceof OutputError) return EXIT.unwritable
  const mistaken = error instanceof UsageError || error instanceof OptionsError || isBadUrl(error)
  return mistaken ? EXIT.usage : EXIT.failed
}

/** The user's own, not one that a server redirected to. */
function isBadUrl(error: unknown): boolean {
  return error instanceof LocationValueError && error.attempt === undefined
}

function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error instanceof HTTPError ? `${error.message} (${error.code})` : error.message
}
