/**
 * `@rockpool/testkit`: what tests of Rockpool and of its plugins are made of. It may import the core; the core's
 * sources never import it, only their tests do.
 */
export { conformanceChecks, describePlugin } from './conformance/describe-plugin.js'
export type {
  AnyPluginFactory,
  ConformanceOptions,
  DescribeFunction,
  FactoryOptionsOf,
  ItFunction,
} from './conformance/settings.js'
export { type Deferred, deferred, type Gate, gate } from './gate.js'
export { LeakError, type LeakTracker, type TrackLeaksOptions, trackLeaks } from './leaks/track-leaks.js'
export { ManualClock, type ManualClockOptions } from './manual-clock.js'
export { type FaultRelay, type FaultRelayOptions, faultRelay } from './relay/fault-relay.js'
export type { RelayConnection, RelayTarget } from './relay/relay-connection.js'
export type {
  RelayCorrupt,
  RelayCut,
  RelayDelay,
  RelayDirection,
  RelayDrip,
  RelayFault,
  RelayHalfClose,
  RelayPlan,
  RelayReset,
  RelayStall,
} from './relay/relay-fault.js'
export { ConnectionEnded } from './server/byte-reader.js'
export { MalformedRequest, type ReadRequestOptions, type ReceivedRequest } from './server/received-request.js'
export {
  answer,
  answerAll,
  clientEnd,
  close,
  halfClose,
  perConnection,
  readRequest,
  repeat,
  reset,
  response,
  type Script,
  type Step,
  send,
  sendPieces,
  startTls,
  stopReading,
  waitAt,
} from './server/script.js'
export { type PiecesOptions, ScriptedConnection, type ServerTls } from './server/scripted-connection.js'
export { type ScriptedServer, type ScriptedServerOptions, scriptedServer } from './server/scripted-server.js'
export {
  type Authority,
  type AuthorityOptions,
  type Certificate,
  type CertificateOptions,
  certificates,
  type LeafOptions,
} from './tls/certificates.js'
export {
  type ConnectCall,
  type ConnectScript,
  type ScriptedConnector,
  scriptedConnector,
} from './transport/scripted-connector.js'
export { ScriptedTransport, type ScriptedTransportOptions } from './transport/scripted-transport.js'
export { MOST_TURNS, turns, type UntilOptions, until } from './turns.js'
