/**
 * `@rockpool/core/plugin`: all that a plugin may import. What is not here is not promised to anybody.
 */
export { openTunnel, type TunnelAnswer, type TunnelRequest } from './connection/open-tunnel.js'
export { type TlsRefusal, tlsRefusal } from './connection/tls-alert.js'
export { basicAuthorization } from './ground/basic-auth.js'
export {
  type Body,
  type BodyInput,
  type BodyThrough,
  type DirectBodyInput,
  NO_BODY,
  toBody,
  wrapBody,
} from './ground/body.js'
export type { BodySource } from './ground/body-source.js'
export * from './ground/errors.js'
export { type HeaderOverrides, type HeadersInput, HTTPHeaders } from './ground/headers.js'
export type { HistoryEntry } from './ground/history.js'
export { nearestName } from './ground/nearest-name.js'
export { Origin, type Scheme } from './ground/origin.js'
export { HTTPRequest, type RequestChanges, type RequestParts } from './ground/request.js'
export { HTTPResponse, type HTTPResponseInit } from './ground/response.js'
export type { ConnectionFacts, ResponseTimings, RouteStep, TlsSummary } from './ground/response-facts.js'
export { type Credentials, type ParsedUrl, parseUrl, redactUrl, resolveLocation } from './ground/url.js'
export { type ResponseThrough, wrapResponse } from './ground/wrap-response.js'
export type {
  ConnectContext,
  ConnectionView,
  Connector,
  ConnectTarget,
  ErrorContext,
  ExchangeView,
  ReleaseContext,
  RequestContext,
  ResponseContext,
} from './hooks/contexts.js'
export type { TapOnlyHooks } from './hooks/hooks.js'
export {
  type Disposer,
  definePlugin,
  type Plugin,
  type PluginDefinition,
  type PluginFactory,
  type PluginHost,
  type PluginRequestOptions,
  type RequestOptionShape,
  type RequestOptionsOf,
} from './hooks/plugin.js'
export { stages } from './hooks/stages.js'
export type { HookListener, SyncTappable, TapOptions, Tappable } from './hooks/tappable.js'
export { Resend, type ResendInit } from './hooks/verdicts.js'
export { type Clock, type ClockTimer, systemClock } from './transport/clock.js'
export type { ConnectPhase, ConnectProgress } from './transport/connect-progress.js'
export { closeOnError, type DialOptions } from './transport/connector.js'
export { startTls, type TlsRequest } from './transport/start-tls.js'
export type { ConnectTimings, Transport, TransportInfo, TransportSink } from './transport/transport.js'
