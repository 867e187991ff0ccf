// `npm start`: real requests over pooled connections, shown at a glance. `--help` says what can be asked for.
// What a person or a program wants goes to stdout, what went wrong to stderr in one line each.
import { HELP, parseArguments, UsageError } from './arguments.mjs'
import { harmless, painter, wantsColour } from './paint.mjs'
import { picture } from './print.mjs'
import { runTour } from './tour.mjs'
import { visit } from './visit.mjs'

async function main(words) {
  const asked = parseArguments(words)
  if (asked.help) {
    process.stdout.write(`${HELP}\n`)
    return
  }
  const result = asked.urls.length === 0 ? await runTour() : await visit(asked.urls)
  if (asked.json) process.stdout.write(`${JSON.stringify(result, withoutFailure, 2)}\n`)
  else if (result.requests.some(({ error }) => error === undefined)) {
    process.stdout.write(picture(result, painter(wantsColour(process.stdout, process.env))))
  }
  for (const { request, failure } of result.requests) {
    if (failure !== undefined) complain(`${request}: ${failure.message} (${failure.code})`)
  }
}

/** Error objects stay out of the JSON; `error` has their facts. */
function withoutFailure(key, value) {
  return key === 'failure' ? undefined : value
}

function complain(text) {
  process.stderr.write(`rockpool: ${harmless(text).replaceAll('\n', ' ')}\n`)
  process.exitCode = 1
}

// Whoever reads may stop early: npm start | head
process.stdout.on('error', (error) => {
  if (error.code !== 'EPIPE') throw error
})

try {
  await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  complain(error.message)
}
