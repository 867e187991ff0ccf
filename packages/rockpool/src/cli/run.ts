/**
 * The command: one request, its body where it belongs, and an exit code. What a person or a program wants goes to stdout;
 * everything else to stderr, failures as one line each.
 */
import { existsSync } from 'node:fs'
import { HTTPError, type HTTPResponse, OptionsError, VERSION } from '@rockpool/core'
import { PoolManager } from '../pool-manager.js'
import { type Asked, asWritten, readArguments } from './arguments.js'
import { hasNothing, intoFile, sizeOf, startOf, toStdout } from './deliver.js'
import { exitCodeOf } from './exit-code.js'
import { helpText } from './flags.js'
import { chunksOf, HarRecorder } from './har.js'
import { EXIT, harmless, type Io, OutputError } from './io.js'
import { none, withoutCredentials, withoutQueries } from './redaction.js'
import { headLines, tellHead, tellTimings, watch } from './report.js'
import { forget, validatorFor } from './resume.js'

/** Runs the command. The exit code. */
export async function run(words: readonly string[], io: Io): Promise<number> {
  try {
    const asked = readArguments(words, io)
    if (asked === 'help') io.stdout.write(helpText())
    else if (asked === 'version') io.stdout.write(`${VERSION}\n`)
    else return await recorded(asked, io)
    return EXIT.ok
  } catch (error) {
    return explain(error, io)
  }
}

/** Performs it, and writes down how it went when that is wanted. */
async function recorded(asked: Asked, io: Io): Promise<number> {
  const { har, output } = asked
  if (asked.noClobber && output !== undefined && existsSync(output))
    throw new OutputError(`${output} exists already`)
  if (har === undefined) return perform(asked, undefined, io)
  const redaction = har.secrets ? none : withoutCredentials
  const recorder = new HarRecorder(har.path, { redaction, maxBodyBytes: har.maxBodyBytes }, io.now)
  const code = await perform(asked, recorder, io).catch((error: unknown) => {
    recorder.failed(error)
    return explain(error, io)
  })
  recorder.write()
  return code
}

async function perform(asked: Asked, recorder: HarRecorder | undefined, io: Io): Promise<number> {
  await using manager = new PoolManager(asked.manager)
  if (asked.verbose) watch(manager, io.stderr)
  recorder?.watch(manager)
  try {
    const kept = asked.resume && asked.output !== undefined ? sizeOf(asked.output) : 0
    const validator = kept > 0 && asked.output !== undefined ? validatorFor(asked.output) : undefined
    const response = await manager.request(asked.method, asked.url, {
      ...asked.request,
      headers: withRange(asked.request.headers, kept, validator),
      preloadContent: false,
      signal: io.signal,
    })
    if (asked.verbose) tellHead(response, io.stderr)
    const start = kept > 0 ? startOrClose(response, kept, validator) : 0
    if (start === 0 && kept > 0 && response.status === 200) tellWhole(validator, io)
    const code = await deliver(response, start, recorder, asked, io)
    if (asked.verbose) tellTimings(response, io.stderr)
    return code
  } finally {
    if (asked.inspect) io.stderr.write(`${JSON.stringify(manager.inspect(), undefined, 2)}\n`)
  }
}

/** A response whose part does not fit is not read: it would keep its connection, and with it the command. */
function startOrClose(response: HTTPResponse, kept: number, validator?: string): number | undefined {
  try {
    return startOf(response, kept, validator)
  } catch (error) {
    response.close()
    throw error
  }
}

function tellWhole(validator: string | undefined, io: Io): void {
  const why = validator === undefined ? '' : ': it has changed, or is never sent in parts'
  io.stderr.write(`rockpool: the server sends it whole${why}; starting over\n`)
}

async function deliver(
  response: HTTPResponse,
  start: number | undefined,
  recorder: HarRecorder | undefined,
  asked: Asked,
  io: Io,
): Promise<number> {
  const { output } = asked
  if (start === undefined) {
    if (output !== undefined) forget(output)
    io.stderr.write(`rockpool: ${output} is complete already\n`)
    response.close()
    return EXIT.ok
  }
  if (response.status >= 400 && (asked.fail || output !== undefined)) {
    io.stderr.write(
      `rockpool: ${harmless(`${response.status} ${response.reason}`.trimEnd())} from ${withoutQueries(response.url)}\n`,
    )
    response.close()
    return EXIT.status
  }
  if (asked.include) io.stdout.write(`${headLines(response).join('\r\n')}\r\n\r\n`)
  const chunks = chunksOf(response, recorder)
  if (output === undefined) await toStdout(chunks, asked, io)
  else if (hasNothing(response)) await leaveFile(response, chunks, output, io)
  else await intoFile(response, chunks, { path: output, start }, asked, io)
  return EXIT.ok
}

/** What is in the file stays; nor does one appear. */
async function leaveFile(
  { status, reason }: HTTPResponse,
  chunks: AsyncIterable<Buffer>,
  output: string,
  io: Io,
): Promise<void> {
  for await (const _ of chunks);
  io.stderr.write(`rockpool: ${harmless(`${status} ${reason}`.trimEnd())}: nothing to put into ${output}\n`)
}

function withRange(
  headers: Asked['request']['headers'],
  already: number,
  validator: string | undefined,
): Asked['request']['headers'] {
  if (already === 0) return headers
  // A part of something compressed could not be added to what was unpacked.
  const asked = Object.entries(headers as Record<string, string>).filter(
    ([name]) => !/^accept-encoding$/i.test(name),
  )
  const named = new Set(asked.map(([name]) => name.toLowerCase()))
  const part = Object.entries({ Range: `bytes=${already}-`, 'If-Range': validator }).filter(
    ([name, value]) => value !== undefined && !named.has(name.toLowerCase()),
  )
  return Object.fromEntries([...part, ...asked, ['Accept-Encoding', 'identity']])
}

function explain(error: unknown, io: Io): number {
  if (io.signal.aborted) {
    io.stderr.write('\nrockpool: interrupted\n')
    return io.signal.reason === 'SIGTERM' ? EXIT.terminated : EXIT.interrupted
  }
  const text = error instanceof OptionsError ? asWritten(error) : errorText(error)
  io.stderr.write(`rockpool: ${withoutQueries(harmless(text).replaceAll('\n', ' '))}\n`)
  return exitCodeOf(error)
}

function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error instanceof HTTPError ? `${error.message} (${error.code})` : error.message
}
