/**
 * Whether a 101 is the answer to what was asked (RFC 9110 §7.8).
 *
 * Rule: the server must name the protocol it switches to, one that was asked for, under `Connection: upgrade`. Anything else
 * would hand a connection to a party that nobody chose.
 * Neighbours: codec.ts. Must not know: the protocols.
 */
import { ProtocolError } from '../ground/errors.js'
import { equalsIgnoreCase, listMembers } from '../ground/grammar.js'
import type { HeadFields } from './head-fields.js'

/** Throws a ProtocolError unless the switch is to a protocol in `offers`, the Upgrade field that was sent. */
export function checkUpgrade(offers: string | undefined, fields: HeadFields, minor: number): void {
  const asked = offers === undefined ? [] : listMembers(offers)
  const answered = fields.upgrade === undefined ? [] : listMembers(fields.upgrade)
  const agreed =
    answered.length > 0 &&
    answered.every((protocol) => asked.some((offer) => equalsIgnoreCase(offer, protocol)))
  if (minor === 0 || !agreed || !fields.upgradeOption)
    throw new ProtocolError('switch to a protocol that was not asked for (101)', { phase: 'head' })
}
