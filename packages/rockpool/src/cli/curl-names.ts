/**
 * What curl calls a flag that is called otherwise here, or that is not needed: the hint for fingers that know curl. Only
 * flags that people type; neither does this command take them, for two names of one thing end in two meanings.
 * Neighbour: arguments.ts refuses the flag, flags.ts has those that are taken.
 */

const SILENT = 'nothing is told but failures, and --quiet leaves out the progress'

const CURL: Readonly<Record<string, string>> = {
  A: "-H 'User-Agent: …'",
  b: "-H 'Cookie: …'",
  D: '--include, or --verbose',
  e: "-H 'Referer: …'",
  G: '--query NAME=VALUE for each',
  S: SILENT,
  w: '--verbose tells status and timings',
  cacert: '--ca',
  cookie: "-H 'Cookie: …'",
  'data-binary': '--data, which sends every byte as it is',
  'data-raw': '--data',
  'data-urlencode': '--urlencoded with --field NAME=VALUE',
  'dump-header': '--include, or --verbose',
  'fail-with-body': 'the body is printed without --fail; --fail leaves it out',
  form: '--field',
  get: '--query NAME=VALUE for each',
  'max-redirs': '--redirect',
  'max-time': '--timeout',
  pinnedpubkey: '--pin',
  referer: "-H 'Referer: …'",
  request: '--method',
  retry: '--retries',
  'retry-delay': '--backoff',
  'show-error': SILENT,
  silent: '--quiet',
  'tlsv1.2': '--tls-min TLSv1.2',
  'tlsv1.3': '--tls-min TLSv1.3',
  'upload-file': '-X PUT with --data @FILE',
  url: 'the URL stands by itself',
  'user-agent': "-H 'User-Agent: …'",
  'write-out': '--verbose tells status and timings',
}

/** What stands here for a flag of curl, without its dashes; `undefined` for one that nobody knows. */
export const insteadOf = (flag: string): string | undefined =>
  Object.hasOwn(CURL, flag) ? CURL[flag] : undefined
