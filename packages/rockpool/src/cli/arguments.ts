/**
 * From the words of the command line to options. Nothing is judged here that the options' own schemas judge; what they
 * refuse is told under the name of the flag.
 */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { type FieldValue, fileBody, type OptionsError } from '@rockpool/core'
import { nearestName } from '@rockpool/core/plugin'
import { fromEnvironment } from '@rockpool/plugin-proxy'
import { makeHeaders } from '../make-headers.js'
import type { ManagerOptions, RequestOptions } from '../options.js'
import { CommandRetry } from './command-retry.js'
import { insteadOf } from './curl-names.js'
import { FLAGS } from './flags.js'
import { type Io, UsageError } from './io.js'

/** What was asked for. */
export interface Asked {
  readonly url: string
  readonly method: string
  readonly manager: ManagerOptions<readonly []>
  readonly request: RequestOptions
  /** The file for the body; `undefined`: stdout. */
  readonly output: string | undefined
  /** stdout was asked for by name: it gets what comes, terminal or not. */
  readonly anyBytes: boolean
  readonly resume: boolean
  readonly noClobber: boolean
  readonly include: boolean
  readonly fail: boolean
  readonly quiet: boolean
  readonly verbose: boolean
  readonly inspect: boolean
  readonly har: HarWishes | undefined
}

/** What is to be recorded. */
export interface HarWishes {
  readonly path: string
  readonly maxBodyBytes: number
  readonly secrets: boolean
}

type Values = ReturnType<typeof parsed>['values']

/** What to do: something for the terminal alone, or a request. */
export function readArguments(words: readonly string[], io: Io): Asked | 'help' | 'version' {
  const { values, positionals } = parsed(words)
  if (values.help === true) return 'help'
  if (values.version === true) return 'version'
  const [url, ...others] = positionals
  if (url === undefined) throw new UsageError('a URL is missing; --help tells what there is')
  if (others.length > 0) throw new UsageError(`one URL at a time; ${JSON.stringify(others[0])} is too many`)
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(url))
    throw new UsageError(`${JSON.stringify(url)} has no scheme; put https:// before it`)
  const output = outputOf(values, url)
  const content = contentOf(values, io)
  return {
    url,
    method: values.method ?? methodFor(values, content),
    manager: managerOptions(values, io),
    request: { ...content, ...requestOptions(values, output) },
    output,
    anyBytes: values.output === '-',
    resume: values.continue === true,
    noClobber: values['no-clobber'] === true,
    include: values.include === true || values.head === true,
    fail: values.fail === true,
    quiet: values.quiet === true,
    verbose: values.verbose === true,
    inspect: values.inspect === true,
    har: harWishes(values),
  }
}

function methodFor(values: Values, content: RequestOptions): string {
  if (values.head === true) return 'HEAD'
  return Object.keys(content).length > 0 ? 'POST' : 'GET'
}

/** The file for the body. */
function outputOf(values: Values, url: string): string | undefined {
  const named = values.output === '-' ? undefined : values.output
  if (values['remote-name'] === true && values.output !== undefined)
    throw new UsageError('--output and --remote-name both name the file')
  const output = values['remote-name'] === true ? remoteName(url) : named
  if (values.continue === true && output === undefined)
    throw new UsageError('--continue needs --output: the file to go on with')
  if (values.continue === true && values['no-clobber'] === true)
    throw new UsageError('--continue changes a file that exists, --no-clobber leaves it alone')
  if (values.head === true && output !== undefined)
    throw new UsageError('--head: there is no body for a file')
  return output
}

/** The last segment of the path: what a person would call the file. It never leads out of the directory. */
function remoteName(url: string): string {
  const segment = /^[^?#]*?:\/\/[^/?#]*(?:\/[^?#]*)?\/([^/?#]+)(?:[?#]|$)/.exec(url)?.[1] ?? ''
  let name = segment
  try {
    name = decodeURIComponent(segment)
  } catch {
    // Not percent-encoded after all.
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: no file is named with one
  if (/^\.{0,2}$|[/\\\u0000-\u001f\u007f]/.test(name))
    throw new UsageError('--remote-name: the URL does not end in a name for a file; give one with --output')
  return name
}

function harWishes(values: Values): HarWishes | undefined {
  const { har } = values
  if (har === undefined) {
    for (const flag of ['har-bodies', 'har-secrets'] as const)
      if (values[flag] !== undefined) throw new UsageError(`--${flag} needs --har: the file to record into`)
    return undefined
  }
  return {
    path: har,
    maxBodyBytes: sizeOf(values['har-bodies'] ?? '0'),
    secrets: values['har-secrets'] === true,
  }
}

const SIZE_UNITS: Readonly<Record<string, number>> = { k: 1_024, m: 1_048_576, g: 1_073_741_824 }

function sizeOf(written: string): number {
  const [, number, unit = ''] = /^(\d+)([kmg]?)$/i.exec(written) ?? []
  if (number === undefined) throw new UsageError(`--har-bodies: "${written}" is no size like 4096, 64k or 1M`)
  return Number(number) * (SIZE_UNITS[unit.toLowerCase()] ?? 1)
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: FLAGS, allowPositionals: true })
  } catch (error) {
    const [message = ''] = String((error as Error).message).split('. ')
    throw new UsageError(message + hintFor(/^Unknown option '(--?)([^'=]*)/.exec(message)))
  }
}

function hintFor(unknown: RegExpExecArray | null): string {
  const [, dashes, name = ''] = unknown ?? []
  const instead = insteadOf(name)
  if (instead !== undefined) return `; instead of curl's: ${instead}`
  const similar = dashes === '--' ? nearestName(name, Object.keys(FLAGS)) : undefined
  return similar === undefined || similar === name ? '' : `; did you mean --${similar}?`
}

function managerOptions(values: Values, io: Io): ManagerOptions<readonly []> {
  const password = values.key === undefined ? undefined : io.env.ROCKPOOL_KEY_PASSWORD
  return {
    policy: CommandRetry.of(countOf(values.retries, 'retries')),
    backoffFactor: durationOf(values.backoff, 'backoff'),
    statusForcelist: values['retry-status']?.flatMap((each) => each.split(',')).map(Number),
    redirect: countOf(values.redirect, 'redirect'),
    allowDowngrade: values['allow-downgrade'],
    timeout: {
      connect: durationOf(values['connect-timeout'], 'connect-timeout'),
      read: durationOf(values['read-timeout'], 'read-timeout'),
      total: durationOf(values.timeout, 'timeout'),
    },
    proxy: values.proxy ?? fromEnvironment(),
    noProxy: values['no-proxy'],
    proxyHeaders: values['proxy-header']?.map((each) => pairOf(each, ':', 'proxy-header')),
    caCerts: values.ca,
    certFile: values.cert,
    keyFile: values.key,
    keyPassword: password,
    pins: values.pin,
    assertFingerprint: values.fingerprint,
    serverHostname: values['server-name'],
    sslMinimumVersion: values['tls-min'] as ManagerOptions['sslMinimumVersion'],
    sslMaximumVersion: values['tls-max'] as ManagerOptions['sslMaximumVersion'],
    certReqs: values.insecure === true ? 'none' : undefined,
  }
}

function requestOptions(values: Values, output: string | undefined): RequestOptions {
  // Without a prototype: a field may have any name.
  const headers: Record<string, string[] | null> = Object.create(null)
  for (const written of values.header ?? []) {
    const [name, value] = pairOf(written, ':', 'header')
    const known = nameIn(headers, name) ?? name
    headers[known] = value === '' ? null : [...(headers[known] ?? []), value]
  }
  const automatic: Record<string, string> =
    values.user === undefined ? {} : makeHeaders({ basicAuth: values.user })
  // A download is asked for as it is: its size is then known, and it can be continued.
  if (output !== undefined && values.compressed !== true) automatic['Accept-Encoding'] = 'identity'
  for (const [name, value] of Object.entries(automatic))
    if (nameIn(headers, name) === undefined) headers[name] = [value]
  return { headers, query: values.query?.map((each) => pairOf(each, '=', 'query')) }
}

/** The field as it was written the first time: names are compared without case (RFC 9110 §5.1). */
function nameIn(headers: object, name: string): string | undefined {
  return Object.keys(headers).find((known) => known.toLowerCase() === name.toLowerCase())
}

function contentOf(values: Values, io: Io): RequestOptions {
  const { json, data, field } = values
  const given = [json, data, field].filter((each) => each !== undefined)
  if (given.length > 1) throw new UsageError('one content at a time: --json, --field or --data')
  if (json !== undefined) return { json: jsonOf(json) }
  if (data !== undefined) return { body: data.startsWith('@') ? fileOrStdin(data.slice(1), io) : data }
  if (field === undefined) return {}
  return { fields: field.map(fieldOf), encodeMultipart: values.urlencoded !== true }
}

function jsonOf(written: string): unknown {
  const text = written.startsWith('@') ? readText(written.slice(1)) : written
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UsageError(`--json: ${(error as Error).message}`)
  }
}

function fileOrStdin(path: string, io: Io): RequestOptions['body'] {
  return path === '-' ? io.stdin : readable(path, () => fileBody(path))
}

function fieldOf(written: string): [string, FieldValue] {
  const [name, value] = pairOf(written, '=', 'field')
  if (!value.startsWith('@')) return [name, value]
  const path = value.slice(1)
  return [name, { filename: basename(path), data: readable(path, () => readFileSync(path)) }]
}

function readText(path: string): string {
  return readable(path, () => readFileSync(path === '-' ? 0 : path, 'utf8'))
}

function readable<Content>(path: string, read: () => Content): Content {
  try {
    return read()
  } catch (error) {
    const { message } =
      (error as Error).cause instanceof Error ? ((error as Error).cause as Error) : (error as Error)
    throw new UsageError(`${path} cannot be read: ${message}`)
  }
}

function pairOf(written: string, mark: string, flag: string): [name: string, value: string] {
  const at = written.indexOf(mark)
  if (at < 1) throw new UsageError(`--${flag}: "${written}" has no name before "${mark}"`)
  const value = written.slice(at + 1)
  return [written.slice(0, at), mark === ':' ? value.trim() : value]
}

function countOf(written: string | undefined, flag: string): number | false | undefined {
  if (written === undefined) return undefined
  if (written === 'false') return false
  if (!/^\d+$/.test(written)) throw new UsageError(`--${flag}: "${written}" is neither a number nor "false"`)
  return Number(written)
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

function durationOf(written: string | undefined, flag: string): number | undefined {
  if (written === undefined) return undefined
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(written) ?? []
  if (number === undefined) throw new UsageError(`--${flag}: "${written}" is no time like 5s, 500ms or 2m`)
  return Number(number) * (UNITS[unit] ?? 1)
}

/** Options by the flag that sets them. */
const FLAG_OF: Readonly<Record<string, string>> = {
  caCerts: 'ca',
  certFile: 'cert',
  keyFile: 'key',
  keyPassword: 'key',
  pins: 'pin',
  assertFingerprint: 'fingerprint',
  serverHostname: 'server-name',
  sslMinimumVersion: 'tls-min',
  sslMaximumVersion: 'tls-max',
  statusForcelist: 'retry-status',
  backoffFactor: 'backoff',
  noProxy: 'no-proxy',
  proxyHeaders: 'proxy-header',
  'timeout.connect': 'connect-timeout',
  'timeout.read': 'read-timeout',
  'timeout.total': 'timeout',
  headers: 'header',
  fields: 'field',
  basicAuth: 'user',
  credentials: 'user',
  body: 'data',
}

/** A refused option, as the user wrote it. */
export function asWritten(error: OptionsError): string {
  const { path, issues } = error
  const name = path.split('.')[0] ?? ''
  const flag = FLAG_OF[path] ?? FLAG_OF[name] ?? (Object.hasOwn(FLAGS, name) ? name : undefined)
  return flag === undefined ? error.message : `--${flag}: ${issues[0]?.message ?? error.message}`
}
