/** Compares what the codec says with what the grammar says, about any bytes. */
import type { Exchange } from './event-log.js'
import { referenceResponse } from './reference-response.js'

/** What is wrong with a log, in words; undefined when the codec and the reference agree. */
export function disagreement(exchange: Exchange, log: readonly string[]): string | undefined {
  const expected = referenceResponse(exchange)
  const isComplete = log.includes('end') || log.some((line) => line.startsWith('switch '))
  if (expected === undefined)
    return isComplete ? 'accepted, although the grammar knows no such message' : undefined
  if (!isComplete) return `not accepted (${log.at(-1)}), although the grammar knows it`
  const got = textOf(log)
  const wanted = {
    informational: expected.informational.join(),
    head: `${expected.version} ${expected.status} ${expected.reason}`,
    fields: expected.fields,
    body: expected.switched ? expected.rest : expected.body,
    trailers: expected.trailers,
    end: endOf(expected),
  }
  for (const [key, value] of Object.entries(wanted)) {
    const actual = got[key as keyof typeof got]
    if (JSON.stringify(actual) !== JSON.stringify(value))
      return `${key} is ${JSON.stringify(actual)}, by the grammar ${JSON.stringify(value)}`
  }
  return undefined
}

function endOf(expected: NonNullable<ReturnType<typeof referenceResponse>>): string {
  if (expected.switched) return 'then switched'
  if (expected.rest !== '') return 'then dirty'
  return expected.persists ? 'then reusable' : 'then done'
}

function textOf(log: readonly string[]): Record<string, unknown> {
  const first = log.findIndex((line) => /^(?:head|switch) /.test(line))
  const of = (word: string, from: number): string[] =>
    log
      .slice(from)
      .filter((line) => line.startsWith(`${word} `))
      .map((line) => line.slice(word.length + 1))
  const head = log[first] ?? ''
  return {
    informational: log
      .filter((line) => line.startsWith('informational '))
      .map((line) => line.split(' ')[2])
      .join(),
    // The reason may hold semicolons; what the log adds behind it never does.
    head: head
      .replace(/^(?:head|switch) /, '')
      .replace(/; (?:none|chunked|until-close|length \d+)(?:; (?:keep-alive|close)(?: for \d+ ms)?)?$/, ''),
    fields: of('field', first),
    body: of('body', first).join(''),
    trailers: of('trailer', first),
    end: log.at(-1),
  }
}
