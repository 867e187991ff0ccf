// The same responses through Node's own parser, over a real loopback socket. Where the two disagree, the reason is written
// down in test/data/node-differences.json, with the versions of Node it is true of; a disagreement without a reason is a
// mistake in one of the two, and a reason without a disagreement is one that has gone out of date. Both fail.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  comparable,
  differs,
  type NodeDifference,
  type NodePeer,
  nodeReading,
  ourReading,
  startNodePeer,
} from '../../test/codec/node-parser.js'

const differences = JSON.parse(
  readFileSync(new URL('../../test/data/node-differences.json', import.meta.url), 'utf8'),
) as Record<string, NodeDifference>

describe("Node's parser", () => {
  let peer: NodePeer
  beforeAll(async () => {
    peer = await startNodePeer()
  })
  afterAll(() => peer.close())

  it.each(comparable)('$group: $name', async (row) => {
    const node = await nodeReading(peer, row)
    const ours = ourReading(row)
    if (differs(differences[`${row.group}: ${row.name}`], process.versions.node))
      expect(ours).not.toEqual(node)
    else expect(ours).toEqual(node)
  })

  it('is the measure only where a reason is given', () => {
    const known = new Set(comparable.map((row) => `${row.group}: ${row.name}`))
    for (const [name, { reason }] of Object.entries(differences)) {
      expect(known.has(name), `${name} is no longer a case`).toBe(true)
      expect(reason.length).toBeGreaterThan(20)
    }
  })
})
