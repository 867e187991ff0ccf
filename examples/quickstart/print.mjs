// The picture for a person: each request as a short block, the burst as bars, the pool as a table.
import { harmless } from './paint.mjs'

const SHOWN_HEADERS = 6
const PREVIEW_LINES = 4

/** All of it as one text. */
export function picture(result, paint) {
  const blocks = [heading(result, paint)]
  for (const request of result.requests) {
    if (request.error === undefined) blocks.push(requestBlock(request, paint))
  }
  if (result.burst !== undefined) blocks.push(burstBlock(result.burst, paint))
  if (result.pool.numRequests > 0) blocks.push(poolBlock(result.pool, paint))
  return `${blocks.join('\n\n')}\n`
}

function heading({ origin }, paint) {
  const where = origin === undefined ? '' : paint.dim(`  embedded origin at ${origin}`)
  return paint.bold('Rockpool') + where
}

function requestBlock(request, paint) {
  const { status, reason, note, connection, totalMs } = request
  const colour =
    status < 300 ? paint.green : status < 400 ? paint.cyan : status < 500 ? paint.yellow : paint.red
  const how = `connection ${connection.id} (${connection.reused ? 'reused' : 'new'}), ${totalMs} ms`
  const answer = paint.bold(colour(`${status} ${harmless(reason)}`.trim()))
  return [
    `${answer}  ${paint.bold(harmless(request.request))}  ${paint.dim(note === undefined ? how : `${note}; ${how}`)}`,
    ...fieldLines(request.headers, paint),
    ...bodyLines(request.body, paint),
    ...fieldLines(request.trailers, paint, ' (trailer)'),
    `  ${timingLine(request.timings, paint)}`,
    ...(connection.tls === undefined ? [] : [`  ${paint.dim(connection.tls)}`]),
  ].join('\n')
}

function fieldLines(fields, paint, suffix = '') {
  const lines = fields
    .slice(0, SHOWN_HEADERS)
    .map(
      ([name, value]) =>
        `  ${paint.cyan(name)}: ${cut(harmless(value), 90)}${suffix === '' ? '' : paint.dim(suffix)}`,
    )
  const more = fields.length - SHOWN_HEADERS
  return more > 0 ? [...lines, paint.dim(`  and ${more} more`)] : lines
}

function bodyLines({ bytes, complete, text, preview }, paint) {
  if (bytes === 0) return [paint.dim('  │ (no body)')]
  const lines = harmless(preview).trimEnd().split('\n')
  const shown = lines.slice(0, PREVIEW_LINES).map((line) => `  ${paint.dim('│')} ${cut(line, 100)}`)
  const size = complete ? `${bytes} bytes` : `the first ${bytes} bytes`
  return [...shown, paint.dim(`  │ (${size}${text ? '' : ', binary'})`)]
}

function timingLine(timings, paint) {
  const steps = Object.entries(timings).map(([step, ms]) => `${step} ${ms}`)
  return paint.magenta(`${steps.join(' · ')} ms`)
}

function burstBlock(burst, paint) {
  const { calls, answered, maxSize, waitingAtStart, perConnection, totalMs } = burst
  const bars = perConnection.map(
    ({ id, calls: count }) => `  connection ${id}  ${paint.green('█'.repeat(count))} ${count}`,
  )
  const title = `${answered} of ${calls} calls made at once, over ${perConnection.length} connections`
  const detail = `block, maxSize ${maxSize}: ${waitingAtStart} callers waited at first, ${totalMs} ms`
  return [`${paint.bold(title)}  ${paint.dim(detail)}`, ...bars].join('\n')
}

function poolBlock(inspection, paint) {
  const { numConnections, numRequests, pools } = inspection
  const lines = [
    `${paint.bold('inspect()')}  ${paint.dim(`${numRequests} requests over ${numConnections} connections`)}`,
  ]
  for (const pool of pools) {
    const { origin, idle, active, waiters, evictions } = pool
    lines.push(`  ${paint.bold(origin)}  idle ${idle}, active ${active}, waiting ${waiters.length}`)
    for (const { id, state, uses, ageMs, peer } of pool.connections) {
      lines.push(`  ${String(id).padStart(3)}  ${state}  used ${uses} times, ${ageMs} ms old, ${peer}`)
    }
    for (const [reason, count] of Object.entries(evictions)) {
      lines.push(paint.dim(`       ${count} closed: ${reason}`))
    }
  }
  return lines.join('\n')
}

function cut(text, length) {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text
}
