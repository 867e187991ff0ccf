/**
 * Forwarding: the proxy gets the request itself, with the whole URL in its request line, and answers for the origin.
 * RFC 9112 §3.2.2
 *
 * Connections are pooled by the proxy, so any origin's request can use any of them; `Host` stays the origin's, which core
 * writes anew for every attempt. What is said to the proxy is put into this attempt's copy of the request only, and so can
 * never follow a redirect to somewhere else.
 *
 * Neighbours: proxy.ts decides, tunnel.ts makes the connection. Must not know: pools.
 */
import type { HTTPHeaders, HTTPRequest, RequestContext } from '@rockpool/core/plugin'
import type { Route } from './route.js'

const AUTHORIZATION = 'proxy-authorization'

/** Sends an attempt by `route`, whose mode is `forward`. */
export function forward(context: RequestContext, route: Route, authorization: string | undefined): void {
  context.via = route.address.origin
  context.form = 'absolute'
  const headers = ownHeaders(context)
  for (const [name, value] of route.headers) headers.set(name, value)
  if (authorization !== undefined) headers.set('Proxy-Authorization', authorization)
  // As urllib3: some proxies answer by what the client accepts.
  if (!headers.has('accept') && !context.request.removedHeaders.has('accept')) headers.set('Accept', '*/*')
}

/** Credentials for a proxy are nobody else's business: not an origin's, nor that of whoever is behind a tunnel. */
export function withholdAuthorization(context: RequestContext): void {
  if (context.request.headers.has(AUTHORIZATION)) ownHeaders(context).delete(AUTHORIZATION)
}

/** Whether a request carried credentials for the proxy. */
export function carriesAuthorization(request: HTTPRequest): boolean {
  return request.headers.has(AUTHORIZATION)
}

function ownHeaders(context: RequestContext): HTTPHeaders {
  if (context.request.headers.frozen) {
    context.request = context.request.with({ headers: context.request.headers })
  }
  return context.request.headers
}
