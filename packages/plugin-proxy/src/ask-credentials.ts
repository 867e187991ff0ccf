/**
 * Asking a function of the user's for `Proxy-Authorization`, which may take its time, fail, or never answer.
 *
 * Rule: it belongs to the way to a connection, so the connect time-out bounds it, whether a tunnel or a forwarded request
 * waits for it. Without that, a token service that hangs would hold up every call for ever.
 *
 * Neighbours: proxy.ts and tunnel.ts ask. Must not know: what the value is sent in.
 */
import { type ConnectContext, ConnectTimeoutError } from '@rockpool/core/plugin'
import type { ProxyAuthRequest } from './credentials.js'
import { unauthorized } from './failures.js'
import type { Route } from './route.js'
import { withinConnect } from './within-connect.js'

/**
 * The value of `Proxy-Authorization` for a request to the proxy of `route`; `undefined` to go without.
 *
 * @throws {ProxyError} the function failed, made what no field can hold, or did not answer in time. A call through a tunnel
 * fails with it, or with a `MaxRetryError` over it; a forwarded request with a `PluginError` whose `cause` it is, because a
 * tap of `onRequest` asked
 * @throws the signal's reason, when that is aborted meanwhile
 */
export async function askCredentials(
  route: Route,
  request: Omit<ProxyAuthRequest, 'proxy'>,
  limits: Pick<ConnectContext, 'signal' | 'clock' | 'connectTimeout'>,
  allowed: number | undefined = limits.connectTimeout,
): Promise<string | undefined> {
  const { address, credentials } = route
  const late = (): ConnectTimeoutError =>
    new ConnectTimeoutError(`auth made no credentials within ${allowed} ms`, { phase: 'proxy' })
  try {
    const asked = { proxy: address.url, ...request }
    return await withinConnect(limits, () => credentials.authorization(asked), late)
  } catch (error) {
    throw limits.signal.aborted ? error : unauthorized(address, error)
  }
}
