// What the failure table of the public interface promises for each cell of the fault matrix. Written from the table, not
// from the code: a cell that behaves otherwise is a bug in one of the two.
import type { PhaseName, RouteName } from './matrix-routes.ts'

export const FAULTS = [
  'cut',
  'reset',
  'halfClose',
  'stall',
  'corrupt',
  'delay',
  'drip',
  'abort',
  'deadline',
  'close',
] as const
export type FaultName = (typeof FAULTS)[number]

export const MODES = ['preload', 'stream', 'upload'] as const
export type ModeName = (typeof MODES)[number]

export interface Cell {
  readonly route: RouteName
  readonly phase: PhaseName
  readonly fault: FaultName
  readonly mode: ModeName
}

/**
 * How a call must end: with the whole body, with the part that came, with the reason of the caller's own signal, or with
 * one of these errors in this phase.
 */
export type Verdict =
  | { readonly ends: 'whole' | 'part' | 'reason' }
  | {
      readonly ends: 'error'
      readonly names: readonly string[]
      readonly phase: string
      readonly sent: string
    }

const TUNNEL_ONLY: readonly PhaseName[] = ['proxy', 'proxy-head']

/** Whether there is such a cell. */
export function exists({ route, phase, fault, mode }: Cell): boolean {
  const secured = route === 'tls' || route === 'tunnel'
  if (TUNNEL_ONLY.includes(phase)) return route === 'tunnel'
  if (phase === 'tls') return secured
  // A request without a body is one write: there is no middle in which to stop. What a fault adds later is no business
  // of an upload that nobody reads.
  if (phase === 'send') return mode === 'upload' && !['corrupt', 'delay', 'drip'].includes(fault)
  if (phase === 'idle') return mode !== 'upload' && ['cut', 'reset', 'halfClose'].includes(fault)
  // Without a checksum nobody can know: plain bytes of a body, whatever delimits it.
  if (fault === 'corrupt' && !secured) return phase !== 'body-length' && phase !== 'body-close'
  return true
}

/** What must become of the cell. */
export function verdict(cell: Cell): Verdict {
  const { phase, fault, route } = cell
  if (fault === 'abort') return { ends: 'reason' }
  if (fault === 'delay' || fault === 'drip' || phase === 'idle') return { ends: 'whole' }
  const error = (names: string | readonly string[], where: string = phaseOf(phase)): Verdict => ({
    ends: 'error',
    names: typeof names === 'string' ? [names] : names,
    phase: where,
    sent: isConnecting(phase) ? 'nothing' : phase === 'send' ? 'some' : 'all',
  })
  if (fault === 'deadline') return error('DeadlineError', stepOf(phase))
  if (fault === 'close') return error('ClosedPoolError', lineOf(phase))
  if (TUNNEL_ONLY.includes(phase)) return error('ProxyError', 'proxy')
  if (phase === 'tls') return error(handshake(fault))
  if (fault === 'stall') return error('ReadTimeoutError')
  if (fault === 'corrupt') {
    if (route === 'tls' || route === 'tunnel') return error('SSLError')
    if (phase === 'body-gzip') return error('DecodeError', 'decode')
    if (phase === 'body-chunked') return error('InvalidChunkLength')
    // The changed byte has come: what is wrong is the head.
    return error(['ProtocolError', 'InvalidHeader'], 'head')
  }
  if (phase === 'body-close' && fault !== 'reset') return { ends: 'part' }
  return error(phase.startsWith('body-') && fault !== 'reset' ? 'IncompleteRead' : 'ProtocolError')
}

/** A peer that goes away may be back, one that is not understood will not be: see the failure table. */
function handshake(fault: FaultName): string {
  if (fault === 'stall') return 'ConnectTimeoutError'
  return fault === 'corrupt' ? 'SSLError' : 'NewConnectionError'
}

/** While a connection is made, who waits for one is told by a closed pool that his wait in line is over, whatever it is doing. */
function lineOf(phase: PhaseName): string {
  return isConnecting(phase) ? 'queue' : phaseOf(phase)
}

function isConnecting(phase: PhaseName): boolean {
  return TUNNEL_ONLY.includes(phase) || phase === 'tls'
}

/** His own time ends with the step that the connection was in. */
function stepOf(phase: PhaseName): string {
  return TUNNEL_ONLY.includes(phase) ? 'proxy' : phaseOf(phase)
}

function phaseOf(phase: PhaseName): string {
  return phase.startsWith('body-') ? 'body' : phase
}
