// Every response is one byte away from a wrong one: each byte of a few messages put in, taken out, repeated or replaced, and the
// verdict compared with the grammar's. Some of the results are valid; the grammar knows which.
import { describe, expect, it } from 'vitest'
import { disagreement } from '../../test/codec/agreement.js'
import { responseCases } from '../../test/codec/catalogue.js'
import { damaged, MESSAGES } from '../../test/codec/damage.js'
import { byteByByte, responseLog, whole } from '../../test/codec/event-log.js'

describe('a response one byte away from a good one', () => {
  it.each(Object.entries(MESSAGES))('%s is read as the grammar reads it', (_, message) => {
    expect(disagreement(message, responseLog(message, whole))).toBeUndefined()
    const wrong: string[] = []
    for (const bytes of damaged(message.bytes)) {
      const exchange = { ...message, bytes }
      const problem = disagreement(exchange, responseLog(exchange, whole))
      if (problem !== undefined) wrong.push(`${JSON.stringify(bytes)}: ${problem}`)
    }
    expect(wrong).toEqual([])
  })

  it('is refused at the byte that is wrong, however few came before', () => {
    for (const message of Object.values(MESSAGES)) {
      for (let at = 0; at < message.bytes.length; at += 7) {
        const exchange = { ...message, bytes: `${message.bytes.slice(0, at)}\0${message.bytes.slice(at)}` }
        expect(responseLog(exchange, byteByByte)).toEqual(responseLog(exchange, whole))
      }
    }
  })
})

describe('the catalogue', () => {
  const known = responseCases.filter(
    (row) => row.limits === undefined && row.lateBytes === undefined && row.verdict !== 'limit',
  )
  it.each(known)('is what the grammar says: $group: $name', (row) => {
    expect(disagreement(row, row.events)).toBeUndefined()
  })
})
