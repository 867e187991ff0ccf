// The parts of the documentation that are made from the code: pure functions from tables and sources to Markdown.
// scripts/write-doc-tables.mjs writes them into docs/, a test compares what is there with what would be written.

/** A state machine as a Mermaid diagram, transitions in the order of the table. */
export function stateDiagram(transitions, start) {
  const lines = ['```mermaid', 'stateDiagram-v2', `  [*] --> ${start}`]
  for (const [from, exits] of Object.entries(transitions)) {
    for (const [event, to] of Object.entries(exits)) lines.push(`  ${from} --> ${to}: ${event}`)
  }
  return [...lines, '```'].join('\n')
}

/** The limits that a pool can be given, with the reasons from the docstrings of limits.ts. */
export function limitsTable(defaults, source) {
  const rows = Object.entries(defaults).map(([name, value]) => {
    const reason = docstringBefore(source, `readonly ${name}:`)
    return `| \`${name}\` | ${number(value)} | ${reason} |`
  })
  return ['| limit | default | what it bounds, and why |', '|---|---|---|', ...rows].join('\n')
}

/** The numbers that no option changes: the upper-case constants of limits.ts. */
export function fixedLimitsTable(source) {
  const rows = [...source.matchAll(/^export const ([A-Z_]+) = ([\d_]+)$/gm)].map(
    ([line, name, value]) =>
      `| \`${name}\` | ${number(Number(value.replaceAll('_', '')))} | ${docstringBefore(source, line)} |`,
  )
  return ['| constant | value | what it bounds, and why |', '|---|---|---|', ...rows].join('\n')
}

/** The stages of each hook with their numbers, the lowest first. */
export function stagesTable(stages) {
  const rows = Object.entries(stages).map(([hook, named]) => {
    const inOrder = Object.entries(named).sort(([, a], [, b]) => a - b)
    return `| \`${hook}\` | ${inOrder.map(([name, at]) => `${name} ${at}`).join(' · ')} |`
  })
  return ['| hook | stages |', '|---|---|', ...rows].join('\n')
}

/** Every error class: its place in the hierarchy, its code, and whether plugins are asked about it. */
export function errorTable(errors, source, offered) {
  const place = (each) => source.indexOf(`export class ${each.prototype.name} `)
  const classes = Object.values(errors)
    .filter(isErrorClass)
    .sort((a, b) => place(a) - place(b))
  const childrenOf = (parent) => classes.filter((each) => Object.getPrototypeOf(each) === parent)
  const rows = []
  const visit = (each, depth) => {
    const name = `${'&emsp;'.repeat(depth)}\`${each.prototype.name}\``
    const meaning = docstringBefore(source, `export class ${each.prototype.name} `)
    rows.push(`| ${name} | \`${each.prototype.code}\` | ${offered(each)} | ${meaning} |`)
    for (const child of childrenOf(each)) visit(child, depth + 1)
  }
  visit(errors.HTTPError, 0)
  return ['| class | `code` | offered to `onError` | meaning |', '|---|---|---|---|', ...rows].join('\n')
}

/** What `onError` is offered of a class, as the code of the core decides it. */
export function offeredBy(pluginsMayHandle) {
  return (each) => {
    const inPhase = (phase) => pluginsMayHandle(Object.create(each.prototype, { phase: { value: phase } }))
    if (each.prototype.name === 'ProxyError')
      return 'as its `originalError` is; also when it refused with 502, 503 or 504'
    if (inPhase('body') === inPhase('tls')) return inPhase('body') ? 'yes' : 'no'
    return 'not from a handshake'
  }
}

/** The options of an interface, with their docstrings. */
export function optionsTable(source, name) {
  const from = source.search(new RegExp(`^export interface ${name}\\b`, 'm'))
  if (from < 0) throw new Error(`there is no interface ${name}`)
  const body = source.slice(from, source.indexOf('\n}', from))
  const rows = [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(
    ([line, option]) => `| \`${option}\` | ${docstringBefore(body, line)} |`,
  )
  return ['| option | meaning |', '|---|---|', ...rows].join('\n')
}

/** The tables of options in the READMEs of packages: document, region, source, interface. */
export const OPTION_TABLES = [
  ['packages/core/README.md', 'pool options', 'packages/core/src/client/pool-options.ts', 'PoolOptions'],
  [
    'packages/core/README.md',
    'urlopen options',
    'packages/core/src/client/request-options.ts',
    'UrlopenOptions',
  ],
  [
    'packages/core/README.md',
    'request options',
    'packages/core/src/client/request-options.ts',
    'RequestOptions',
  ],
  ['packages/plugin-tls/README.md', 'options', 'packages/plugin-tls/src/options.ts', 'TlsOptions'],
  [
    'packages/plugin-retry/README.md',
    'counters and rules',
    'packages/plugin-retry/src/retry-options.ts',
    'RetryOptions',
  ],
  ['packages/plugin-retry/README.md', 'retry', 'packages/plugin-retry/src/options.ts', 'RetryPluginOptions'],
  [
    'packages/plugin-retry/README.md',
    'redirect',
    'packages/plugin-retry/src/options.ts',
    'RedirectPluginOptions',
  ],
  ['packages/plugin-proxy/README.md', 'options', 'packages/plugin-proxy/src/options.ts', 'ProxyOptions'],
]

/** The document with `content` between the markers `<!-- generated: name -->` and `<!-- end: name -->`. */
export function withRegion(document, name, content) {
  const [open, close] = [`<!-- generated: ${name} -->`, `<!-- end: ${name} -->`]
  const from = document.indexOf(open)
  const to = document.indexOf(close)
  if (from < 0 || to < from) throw new Error(`the document has no region "${name}"`)
  return `${document.slice(0, from + open.length)}\n\n${content}\n\n${document.slice(to)}`
}

function isErrorClass(value) {
  return typeof value === 'function' && value.prototype instanceof Error
}

function docstringBefore(source, line) {
  const at = source.indexOf(line)
  const end = source.lastIndexOf('*/', at)
  const start = source.lastIndexOf('/**', end)
  if (at < 0 || start < 0 || /[^\s]/.test(source.slice(end + 2, at))) {
    throw new Error(`no docstring stands before "${line}"`)
  }
  const text = source
    .slice(start + 3, end)
    .split('\n')
    .map((each) => each.replace(/^\s*\*\s?/, '').trim())
  const example = text.findIndex((each) => each.startsWith('@'))
  const told = (example < 0 ? text : text.slice(0, example)).join(' ').trim()
  return told.replaceAll('|', '\\|').replaceAll(/\{@link (\w+)\}/g, '`$1`')
}

function number(value) {
  return value === undefined ? 'none' : String(value).replaceAll(/\B(?=(\d{3})+$)/g, ' ')
}
