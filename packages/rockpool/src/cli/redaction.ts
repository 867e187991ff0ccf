/**
 * What is left out of what is told of a request: the values of fields and of parameters that are credentials, by their
 * names. A file that was recorded to show somebody a problem must not hand over the account as well.
 */

/** Stands for what was left out. */
export const REDACTED = '(redacted)'

/** Which values to leave out: `none` for those who asked for everything. */
export interface Redaction {
  field(name: string, value: string): string
  /** An absolute URL, a reference, or a text with URLs in it. */
  url(url: string): string
  /** A parameter of a query. */
  parameter(name: string, value: string): string
  cookie(value: string): string
}

const FIELDS = ['authorization', 'proxy-authorization', 'cookie', 'set-cookie', 'authentication-info']
/** `access_token`, `X-Api-Key`, `sessionId`, `X-Amz-Signature`; not `tokenizer` nor `keyword`. */
const TELLING =
  /(?:^|[^a-z]|x-)(?:(?:auth|access|refresh|id|csrf|xsrf|session|security)[-_]?)?(?:token|secret|jwt|authorization|passw(?:or)?d|pwd|api[-_]?key|signature|sig|credentials?|session[-_]?id|client[-_]?secret)$/i
/** Telling only when nothing else is in the name: not `zip_code`. `code` is what OAuth is answered with (RFC 6749 §4.1.2). */
const NAMES = ['key', 'code', 'auth']
/** Fields whose value is a URL. */
const LOCATIONS = ['location', 'content-location', 'referer']

const isTelling = (name: string): boolean =>
  NAMES.includes(name.toLowerCase()) || TELLING.test(name.replaceAll(/([a-z])([A-Z])/g, '$1-$2'))

/** The values by whose names one can tell that they are credentials. */
export const withoutCredentials: Redaction = {
  field(name, value) {
    const lower = name.toLowerCase()
    if (LOCATIONS.includes(lower)) return withoutCredentials.url(value)
    return FIELDS.includes(lower) || isTelling(name) ? REDACTED : value
  },
  url: (url) =>
    url
      .replace(/^([a-z][a-z0-9+.-]*:)?\/\/[^/?#]*@/i, (_, scheme: string | undefined) => `${scheme ?? ''}//`)
      .replaceAll(/([?&#])([^=?&#\s]*)=([^&#\s]*)/g, (pair: string, mark: string, name: string) =>
        isTelling(decoded(name)) ? `${mark}${name}=${encodeURIComponent(REDACTED)}` : pair,
      ),
  parameter: (name, value) => (isTelling(name) ? REDACTED : value),
  cookie: () => REDACTED,
}

/** Everything as it is. */
export const none: Redaction = {
  field: (_, value) => value,
  url: (url) => url,
  parameter: (_, value) => value,
  cookie: (value) => value,
}

/**
 * A failure as a line that ends up in the logs of machines: URLs in it have neither query nor fragment, whatever the names
 * of their parameters are. Whoever wants to see them asks for `--verbose`, which leaves out the telling ones.
 */
export function withoutQueries(text: string): string {
  return text.replaceAll(/"(?:[^"\\]|\\.)*"|[^\s"]+/g, (part) =>
    /^".*"$/s.test(part) ? `"${withoutQuery(part.slice(1, -1))}"` : withoutQuery(part),
  )
}

/** Punctuation at the end belongs to the sentence. */
const withoutQuery = (part: string): string =>
  part
    .replace(/\?(?![)\]>,;:.]*$).*?([)\]>,;:.]*)$/s, '?…$1')
    .replace(/^([^#]*\/[^#]*)#.+?([)\]>,;:.]*)$/s, '$1#…$2')

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}
