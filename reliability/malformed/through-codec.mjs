// Every case of the catalogue through the codec alone: whole, byte by byte, and split at every place.
import { errorOf, isRefused } from '../../packages/core/test/codec/catalogue.ts'
import { byteByByte, responseLog, splitAt, whole } from '../../packages/core/test/codec/event-log.ts'

/** Above this a case is split at every n-th place only: its bytes are repetitions. */
const MOST_SPLITS = 4_096

/** What one case came to: `feeds`, and the problems found, each `{ kind, text }`. */
export function throughCodec(row) {
  const problems = []
  let feeds = 0
  const check = (how, cut) => {
    feeds += 1
    const log = responseLog(row, cut)
    const problem = problemOf(row, log)
    if (problem !== undefined)
      problems.push({ ...problem, text: `${row.group}: ${row.name}, ${how}: ${problem.text}` })
  }
  check('whole', whole)
  check('byte by byte', byteByByte)
  const stride = Math.max(1, Math.floor(row.bytes.length / MOST_SPLITS))
  for (let offset = 1; offset < row.bytes.length; offset += stride)
    check(`split at ${offset}`, splitAt(offset))
  return { feeds, problems }
}

function problemOf(row, log) {
  // Late bytes and codings are the connection's and the decoder's to refuse.
  const refused = row.lateBytes === undefined && log.some((line) => line.startsWith('error '))
  const mustRefuse = isRefused(row) && row.error === undefined
  if (mustRefuse && !refused) return { kind: 'acceptedWrongly', text: 'accepted' }
  if (!mustRefuse && refused) return { kind: 'refusedWrongly', text: log.at(-1) }
  if (mustRefuse && !log.at(-1).startsWith(`error ${errorOf(row)}`))
    return { kind: 'readOtherwise', text: `refused as ${log.at(-1)}` }
  if (log.join('\n') !== row.events.join('\n'))
    return { kind: 'readOtherwise', text: log.join(' | ').slice(0, 200) }
  return undefined
}
