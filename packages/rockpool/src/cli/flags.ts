/**
 * Every flag of the command: how it is written, what it takes, what the help says. One table for node:util's parser and for
 * `--help`. Neighbour: arguments.ts gives them their meaning.
 */

interface Flag {
  readonly type: 'string' | 'boolean'
  readonly short?: string
  readonly multiple?: true
  /** What stands for the value in the help. */
  readonly value?: string
  readonly help: string
}

/** The flags, in the order and under the headings of the help. */
export const GROUPS = {
  Request: {
    method: {
      type: 'string',
      short: 'X',
      value: 'METHOD',
      help: 'default GET, or POST when there is content',
    },
    header: {
      type: 'string',
      short: 'H',
      multiple: true,
      value: "'NAME: VALUE'",
      help: "a field; 'NAME:' leaves it out",
    },
    query: {
      type: 'string',
      short: 'q',
      multiple: true,
      value: 'NAME=VALUE',
      help: 'added to the query of the URL',
    },
    json: {
      type: 'string',
      short: 'j',
      value: 'JSON',
      help: 'content as JSON; @FILE reads it from a file, @- from stdin',
    },
    field: {
      type: 'string',
      short: 'F',
      multiple: true,
      value: 'NAME=VALUE',
      help: 'a field of a form; NAME=@FILE sends a file',
    },
    urlencoded: { type: 'boolean', help: 'the form as application/x-www-form-urlencoded' },
    data: {
      type: 'string',
      short: 'd',
      value: 'TEXT',
      help: 'content as it is; @FILE streams a file, @- stdin',
    },
    head: { type: 'boolean', short: 'I', help: 'the method HEAD, and the head of the response as output' },
    user: { type: 'string', short: 'u', value: 'USER:PASSWORD', help: 'basic credentials; also in the URL' },
  },
  Output: {
    output: {
      type: 'string',
      short: 'o',
      value: 'FILE',
      help: 'the body into FILE, with progress on a terminal; - is stdout, binary or not',
    },
    'remote-name': {
      type: 'boolean',
      short: 'O',
      help: 'the same, into a file named like the end of the URL',
    },
    'no-clobber': { type: 'boolean', help: 'leave a FILE that exists alone' },
    continue: {
      type: 'boolean',
      short: 'C',
      help: 'go on where FILE ends, if it is still the same on the server',
    },
    compressed: {
      type: 'boolean',
      help: 'also ask for compression with --output; otherwise it is always asked for',
    },
    include: { type: 'boolean', short: 'i', help: 'the head of the response before the body' },
    fail: { type: 'boolean', short: 'f', help: 'exit code 22 and no body when the status is 400 or more' },
    quiet: { type: 'boolean', short: 's', help: 'no progress' },
    verbose: {
      type: 'boolean',
      short: 'v',
      help: 'each attempt with its head, then route and timings, on stderr',
    },
    inspect: { type: 'boolean', help: 'what the pool looks like afterwards, as JSON on stderr' },
  },
  Recording: {
    har: { type: 'string', value: 'FILE', help: 'every attempt into FILE, as an HTTP Archive 1.2' },
    'har-bodies': {
      type: 'string',
      value: 'SIZE',
      help: 'with bodies of up to SIZE, like 64k or 1M. Default: none',
    },
    'har-secrets': {
      type: 'boolean',
      help: 'with credentials, cookies and tokens, which are left out otherwise',
    },
  },
  'Retries and redirects': {
    retries: { type: 'string', value: 'N', help: 'how often to try a failure again, or "false". Default 3' },
    backoff: {
      type: 'string',
      value: 'TIME',
      help: 'wait so long before the second retry, then twice as long each time',
    },
    'retry-status': {
      type: 'string',
      multiple: true,
      value: 'STATUS',
      help: 'a status that is as good as a failure',
    },
    redirect: { type: 'string', value: 'N', help: 'how many redirects to follow, or "false". Default 20' },
    location: {
      type: 'boolean',
      short: 'L',
      help: "nothing: redirects are followed anyway. For curl's fingers",
    },
    'allow-downgrade': { type: 'boolean', help: 'follow from https to http' },
  },
  'Time-outs': {
    'connect-timeout': {
      type: 'string',
      value: 'TIME',
      help: 'for name look-up, TCP, proxy and TLS. Default 10s',
    },
    'read-timeout': { type: 'string', value: 'TIME', help: 'for the head, then for each piece. Default 60s' },
    timeout: { type: 'string', short: 'm', value: 'TIME', help: 'for everything together. Default none' },
  },
  Proxy: {
    proxy: {
      type: 'string',
      short: 'x',
      value: 'URL',
      help: 'http, https, socks4(a), socks5(h). Default: http_proxy and its kin',
    },
    'no-proxy': {
      type: 'string',
      value: 'HOSTS',
      help: "hosts reached directly, with commas between; '*' for all",
    },
    'proxy-header': {
      type: 'string',
      multiple: true,
      value: "'NAME: VALUE'",
      help: 'a field for the proxy alone',
    },
  },
  TLS: {
    ca: {
      type: 'string',
      multiple: true,
      value: 'FILE',
      help: 'trust these authorities instead of the usual ones',
    },
    cert: { type: 'string', value: 'FILE', help: 'client certificate, PEM' },
    key: { type: 'string', value: 'FILE', help: 'its key; the password comes from ROCKPOOL_KEY_PASSWORD' },
    pin: {
      type: 'string',
      multiple: true,
      value: 'sha256/…',
      help: 'public keys of which the server must have one',
    },
    fingerprint: {
      type: 'string',
      multiple: true,
      value: 'HEX',
      help: 'certificates of which the server must have one',
    },
    'server-name': { type: 'string', value: 'NAME', help: 'the name to ask for and to verify' },
    'tls-min': { type: 'string', value: 'VERSION', help: 'TLSv1.2 (default), TLSv1.3' },
    'tls-max': { type: 'string', value: 'VERSION', help: 'the same' },
    insecure: { type: 'boolean', short: 'k', help: 'verify nothing' },
  },
  Other: {
    help: { type: 'boolean', short: 'h', help: 'this text' },
    version: { type: 'boolean', short: 'V', help: 'the version' },
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Flag>>>>

/** All flags, as node:util's parseArgs wants them. */
export const FLAGS = {
  ...GROUPS.Request,
  ...GROUPS.Output,
  ...GROUPS.Recording,
  ...GROUPS['Retries and redirects'],
  ...GROUPS['Time-outs'],
  ...GROUPS.Proxy,
  ...GROUPS.TLS,
  ...GROUPS.Other,
}

const EXIT_CODES = [
  'Exit code: 0 answered, 2 bad command line, 22 status of 400 or more (with --fail or --output), 23 output not writable,',
  '5 or 6 name of the proxy or server not found, 7 no connection, 18 cut short, 28 too slow, 35 TLS, 47 too many redirects,',
  '56 broken protocol or refusing proxy, 60 certificate, 61 encoding, 90 pin, 1 any other failure, 130 interrupted.',
]

/** The text of `--help`. */
export function helpText(): string {
  const lines = [
    'Usage: rockpool [options] URL',
    '',
    'Requests URL and prints the body. TIME is like 5s, 500ms or 2m; a bare number is seconds.',
    'Redirects are followed, failures tried again, compressed bodies unpacked, certificates verified.',
  ]
  for (const [heading, flags] of Object.entries(GROUPS)) {
    lines.push('', heading)
    for (const [name, flag] of Object.entries<Flag>(flags)) {
      const short = flag.short === undefined ? '    ' : `-${flag.short}, `
      const written = `${short}--${name}${flag.value === undefined ? '' : ` ${flag.value}`}`
      lines.push(`  ${written.padEnd(34)} ${flag.help}`)
    }
  }
  lines.push(
    '',
    'A download that breaks off leaves its part in FILE, and what --continue must know in FILE.rockpool.',
    '',
    ...EXIT_CODES,
    '',
    'Examples',
    '  rockpool https://example.com/',
    '  rockpool --json \'{"name":"limpet"}\' https://api.example.com/items',
    '  rockpool -d @notes.txt -X PUT -H "Content-Type: text/plain" https://api.example.com/notes/7',
    '  rockpool --har calls.har --retry-status 503 --retries 5 --backoff 1s https://api.example.com/',
    '  rockpool --output image.iso --continue https://example.com/image.iso',
    '',
  )
  return lines.join('\n')
}
