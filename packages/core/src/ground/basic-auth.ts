// The value of an Authorization or Proxy-Authorization field for the Basic scheme (RFC 7617).
//
// Rule: UTF-8 before base64, as RFC 7617 §2.1 asks of anything new. A user name with a colon would be read back as another
// user with another password, and a control character has no business in either (§2): both are refused.
//
// Neighbours: the client, for credentials in a url; proxies. Must not know: where the field goes.

import type { Credentials } from './authority.js'
import { OptionsError } from './usage-errors.js'

/**
 * Makes `Basic <base64>`.
 *
 * @throws {OptionsError} path `credentials`: the user name has a colon, or one of both a control character
 * @example basicAuthorization({ username: 'Aladdin', password: 'open sesame' }) // 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=='
 */
export function basicAuthorization(credentials: Credentials): string {
  const { username, password } = credentials
  if (username.includes(':'))
    throw new OptionsError('a user name must not have a colon', { path: 'credentials' })
  const text = `${username}:${password}`
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c < 0x20 || c === 0x7f)
      throw new OptionsError('credentials must not have control characters', { path: 'credentials' })
  }
  return `Basic ${Buffer.from(text, 'utf8').toString('base64')}`
}
