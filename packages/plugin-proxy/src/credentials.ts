/**
 * What a proxy gets to know about who asks: the value of `Proxy-Authorization`, or a SOCKS user name and password.
 *
 * Rule: credentials belong to one proxy. Those in a URL belong to the proxy it names, those in `auth` to the proxies of the
 * option `url`; a proxy that a request names gets neither. They leave this object for the connection to that proxy and for
 * a keyed digest, never for text.
 *
 * Neighbours: tunnel.ts, forward.ts, socks.ts send them. Must not know: what they are sent in.
 */
import { basicAuthorization, type Credentials, HTTPHeaders, quotePeerText } from '@rockpool/core/plugin'
import { checkCredentials, type ProxyAddress } from './address.js'

/** What a function that makes `Proxy-Authorization` is told. */
export interface ProxyAuthRequest {
  /** The proxy's URL, without userinfo. */
  readonly proxy: string
  /** The method of the request that the proxy gets: `CONNECT` for a tunnel. */
  readonly method: string
  /** Its target: `host:port` for a tunnel, otherwise the absolute URL. */
  readonly target: string
  /** The values of `Proxy-Authenticate` when the proxy has just answered 407; empty before it has. */
  readonly challenges: readonly string[]
}

/**
 * Makes the value of `Proxy-Authorization`, for schemes other than Basic. Called before a request without challenges, when
 * `undefined` means to go without, and once more with them after a 407.
 */
export type ProxyAuthFunction = (
  request: ProxyAuthRequest,
) => string | undefined | Promise<string | undefined>

/** Name and password for Basic or SOCKS, the value of `Proxy-Authorization` as it is, or a function that makes it. */
export type ProxyAuth = { readonly username: string; readonly password: string } | string | ProxyAuthFunction

/** See the file's head. */
export class ProxyCredentials {
  readonly #credentials: Credentials | undefined
  readonly #value: string | undefined
  readonly #make: ProxyAuthFunction | undefined

  /** `auth` must be left out when it does not belong to the proxy at `address`. */
  constructor(address: ProxyAddress, auth: ProxyAuth | undefined) {
    const given = address.credentials() ?? (typeof auth === 'object' ? auth : undefined)
    this.#credentials = given
    if (given !== undefined) {
      checkCredentials(given, address.isSocks)
      this.#value = address.isSocks ? undefined : basicAuthorization(given)
    } else if (typeof auth === 'function') {
      this.#make = auth
    } else if (typeof auth === 'string') {
      this.#value = auth
    }
  }

  /** Whether a function makes them, anew for each request. */
  get made(): boolean {
    return this.#make !== undefined
  }

  /** The value of `Proxy-Authorization`; `undefined` to go without. */
  async authorization(request: ProxyAuthRequest): Promise<string | undefined> {
    return this.#make === undefined ? this.#value : checkedValue(await this.#make(request))
  }

  /** The same where no function makes it. */
  get fixedAuthorization(): string | undefined {
    return this.#value
  }

  /** Name and password, for SOCKS. */
  get pair(): Credentials | undefined {
    return this.#credentials
  }
}

function checkedValue(value: unknown): string | undefined {
  if (value === undefined) return undefined
  if (typeof value !== 'string')
    throw new TypeError(`auth must return a string or undefined, not ${typeof value}`)
  // Refuses what cannot stand in a field, without quoting it.
  return new HTTPHeaders({ 'Proxy-Authorization': value }).get('proxy-authorization')
}

/** The schemes that a proxy asks for, for people (RFC 9110 §11.6.1). */
export function askedSchemes(challenges: readonly string[]): string {
  const parts = challenges.flatMap((value) => withoutQuoted(value).split(','))
  const names = parts
    .map((part) => part.trim().split(/[ \t]/, 1)[0] as string)
    .filter((name) => /^[A-Za-z0-9._-]+$/.test(name))
  return names.length === 0 ? 'no scheme' : quotePeerText([...new Set(names)].join(', ')).replaceAll('"', '')
}

// One pass: a regular expression looks from every quote to the end, which takes seconds for 64 KiB of quotes.
function withoutQuoted(value: string): string {
  let text = ''
  let quoted = false
  for (let i = 0; i < value.length; i++) {
    const character = value.charAt(i)
    if (character === '"') quoted = !quoted
    else if (quoted && character === '\\') i += 1
    else if (!quoted) text += character
  }
  return text
}
