// The page itself, from results. Pure, so that a test can hold it to its one rule: a figure comes from a run, or says "not run".
import { AREAS, plainRows } from './rows.mjs'

const NOT_RUN = 'not run'

const HEAD = `# Reliability, measured

Written by \`npm run scoreboard\` from the last run of each command; not edited by hand. A figure that no run has measured says
"${NOT_RUN}", never zero. \`npm run scoreboard:plants\` breaks the library on purpose, once for each area, and demands that the area's
command notices; what the commands do is in [\`reliability/\`](../reliability/README.md).
`

/** The page for results by area: \`Map<area, result>\`. */
export function page(results) {
  const known = new Set(AREAS.map(({ area }) => area))
  const more = [...results.keys()].filter((area) => !known.has(area) && area !== 'plants').sort()
  const sections = [...AREAS, ...more.map((area) => ({ area, title: area, command: '' }))]
  return [
    HEAD,
    ...sections.map((each) => section(each, results.get(each.area))),
    plants(results.get('plants')),
  ].join('\n')
}

function section({ area, title, command, rows }, result) {
  const lines = [`## ${title}`, '']
  if (result === undefined) {
    lines.push(`**${NOT_RUN}**${command === '' ? '' : ` (\`${command}\`)`}`, '')
    return lines.join('\n')
  }
  const held = result.ok ? 'all held' : `**${result.failures.length} failures**`
  lines.push(
    `${held} · ${result.at.slice(0, 16).replace('T', ' ')} UTC · Node ${result.node.replace('v', '')} · \`${result.command}\``,
    '',
  )
  lines.push('| what | figure | bar |', '|---|---|---|')
  for (const [what, figure, bar] of rows ?? plainRows(result.counts))
    lines.push(`| ${what} | ${figure(result.counts) ?? NOT_RUN} | ${bar ?? ''} |`)
  if (!result.ok) lines.push('', ...result.failures.slice(0, 5).map((text) => `- ${code(text, area)}`))
  lines.push('')
  return lines.join('\n')
}

function plants(result) {
  const lines = ['## Planted bugs', '']
  if (result === undefined) return [...lines, `**${NOT_RUN}** (\`npm run scoreboard:plants\`)`, ''].join('\n')
  lines.push(
    `${result.at.slice(0, 16).replace('T', ' ')} UTC · \`${result.command}\``,
    '',
    '| area | what was broken | in | noticed |',
    '|---|---|---|---|',
  )
  for (const { area, name = '', file, noticed } of result.plants)
    lines.push(`| ${area} | ${name} | \`${file}\` | ${noticed ? 'yes' : '**no**'} |`)
  return [...lines, ''].join('\n')
}

const code = (text) => `\`${text.replaceAll('`', "'").replaceAll('|', '\\|').slice(0, 160)}\``
