/**
 * The URL of a proxy: read once, strictly, by the same parser as every other URL.
 *
 * Rule: userinfo leaves the text here and is kept where nothing prints it, so `url` can be shown anywhere. A proxy is
 * named by scheme, host and port alone; a path, which some clients ignore, is more likely a mistake than a wish.
 *
 * Neighbours: route.ts (what the scheme means), credentials.ts. Must not know: targets.
 */
import {
  basicAuthorization,
  type Credentials,
  describeFailure,
  HTTPError,
  LocationParseError,
  OptionsError,
  type Origin,
  ProxySchemeUnknown,
  parseUrl,
  quotePeerText,
} from '@rockpool/core/plugin'

/** What a proxy can speak. `socks4` and `socks5` resolve names here, `socks4a` and `socks5h` let the proxy do it. */
export type ProxyScheme = 'http' | 'https' | 'socks4' | 'socks4a' | 'socks5' | 'socks5h'

const DEFAULT_SOCKS_PORT = 1080
const SCHEME = /^([a-z][a-z0-9+.-]*):\/\//i
const SOCKS = /^socks(4a?|5h?)$/
/** RFC 1929 §2: each has one byte for its length. */
const LONGEST_SOCKS_CREDENTIAL = 255

/**
 * A proxy's address, checked. Its credentials are neither printed nor enumerable.
 *
 * @example ProxyAddress.parse('http://user:secret@proxy.example:3128').url // 'http://proxy.example:3128'
 */
export class ProxyAddress {
  readonly scheme: ProxyScheme
  /** Without userinfo; the port left out where it is the scheme's own. */
  readonly url: string
  /** Where it listens. Its scheme is `https` for an https proxy and `http` for every other. */
  readonly origin: Origin
  readonly #credentials: Credentials | undefined

  private constructor(scheme: ProxyScheme, origin: Origin, credentials: Credentials | undefined) {
    this.scheme = scheme
    this.origin = origin
    this.url = scheme === origin.scheme ? origin.prefix : `${scheme}://${origin.authority}`
    this.#credentials = credentials
  }

  /**
   * Reads `http://`, `https://`, `socks4://`, `socks4a://`, `socks5://` and `socks5h://`, with the default ports 80, 443
   * and 1080.
   *
   * @throws {ProxySchemeUnknown} no scheme, or one that no proxy speaks
   * @throws {LocationValueError} it breaks the grammar of a URL, or has a path
   * @throws {OptionsError} path `credentials`: they cannot be sent
   */
  static parse(input: string | URL): ProxyAddress {
    try {
      return ProxyAddress.#read(String(input))
    } catch (error) {
      throw error instanceof HTTPError ? describeFailure(error, { phase: 'options' }) : error
    }
  }

  static #read(text: string): ProxyAddress {
    const scheme = SCHEME.exec(text)?.[1]?.toLowerCase()
    if (scheme === undefined) {
      const hint = 'a URL of a proxy has no scheme; write it in full, like http://localhost:8080'
      throw new ProxySchemeUnknown(hint, { scheme: '' })
    }
    const isSocks = SOCKS.test(scheme)
    if (!isSocks && scheme !== 'http' && scheme !== 'https') {
      throw new ProxySchemeUnknown(
        `no proxy speaks ${quotePeerText(scheme)}; known are http, https, socks4, socks4a, socks5 and socks5h`,
        { scheme },
      )
    }
    const parsed = parseUrl((isSocks ? 'http' : scheme) + text.slice(scheme.length))
    if (parsed.target !== '/' || parsed.fragment !== undefined) {
      throw new LocationParseError(
        'the URL of a proxy ends with its port: it has no path, query or fragment',
        {
          location: parsed.origin.prefix,
        },
      )
    }
    const { credentials, explicitPort } = parsed
    if (credentials !== undefined) checkCredentials(credentials, isSocks)
    const origin = isSocks && !explicitPort ? withPort(parsed.origin, DEFAULT_SOCKS_PORT) : parsed.origin
    return new ProxyAddress(scheme as ProxyScheme, origin, credentials)
  }

  /** Whether the URL had userinfo. */
  get hasCredentials(): boolean {
    return this.#credentials !== undefined
  }

  get isSocks(): boolean {
    return this.scheme !== 'http' && this.scheme !== 'https'
  }

  /** The userinfo, percent-decoded. A method, so that printing an address does not show it. */
  credentials(): Credentials | undefined {
    return this.#credentials
  }

  /** Whether both are the same proxy, whatever their credentials. */
  equals(other: ProxyAddress): boolean {
    return this.url === other.url
  }

  /** The address without credentials. */
  toString(): string {
    return this.url
  }

  /** The address without credentials. */
  toJSON(): string {
    return this.url
  }
}

/** Refuses what would have to be sent in another form than it was given. */
export function checkCredentials(credentials: Credentials, socks: boolean): void {
  if (!socks) {
    basicAuthorization(credentials)
    return
  }
  for (const text of [credentials.username, credentials.password]) {
    if (Buffer.byteLength(text) > LONGEST_SOCKS_CREDENTIAL) {
      throw new OptionsError('a SOCKS user name or password has at most 255 bytes', { path: 'credentials' })
    }
    if ([...text].some((character) => character < ' ' || character === '\x7f')) {
      throw new OptionsError('credentials must not have control characters', { path: 'credentials' })
    }
  }
}

function withPort(origin: Origin, port: number): Origin {
  const host = origin.host.includes(':') ? `[${origin.host.replace('%', '%25')}]` : origin.host
  return parseUrl(`http://${host}:${port}`).origin
}
