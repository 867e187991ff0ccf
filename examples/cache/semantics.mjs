// Between Rockpool's values and those of http-cache-semantics, which decides what may be stored and for how long.

const CONDITIONS = [
  'range',
  'if-range',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
]
const ERRORS = new Set([500, 502, 503, 504])

/** The fields as a plain object: lines of one name joined, except those that cannot be. */
function plain(headers) {
  return Object.fromEntries(
    headers.names.map((name) => [name, name === 'set-cookie' ? headers.getAll(name) : headers.get(name)]),
  )
}

/** What is stored is found by this: what the caller asks for, before it is made conditional. */
export function requestOf({ request, options }) {
  const headers = plain(request.headers)
  // A field that core was told to leave out is another value of it than the one that core adds.
  for (const name of request.removedHeaders) headers[name] = null
  return { method: request.method, url: request.url, headers, decoded: options.decodeContent !== false }
}

export function answerOf({ status, headers }) {
  return { status, headers: plain(headers) }
}

/** Whether the cache has anything to do with a request. Who validates by himself, or wants a part, gets his own answer. */
export function isCacheable({ request, options }) {
  if (request.method !== 'GET' || request.body.kind !== 'none' || options.cache === false) return false
  return !CONDITIONS.some((name) => request.headers.has(name))
}

/** Whether storing it could ever save anything: it is fresh for a while, or can be validated. */
export function isWorthStoring(policy, { headers }) {
  return policy.storable() && (policy.timeToLive() > 0 || 'etag' in headers || 'last-modified' in headers)
}

/** Whether a stale response may stand in for an error (RFC 5861 §4); `must-revalidate` forbids it (RFC 9111 §5.2.2.2). */
export function mayStandIn({ policy }, request, status = 503) {
  const directives = policy.responseHeaders()['cache-control'] ?? ''
  if (!ERRORS.has(status) || /\b(must-revalidate|proxy-revalidate|no-cache)\b/i.test(directives)) return false
  return !policy.revalidatedPolicy(request, { status, headers: {} }).modified
}
