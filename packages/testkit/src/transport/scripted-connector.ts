/**
 * A Connector that opens what the test says: scripted transports, failures, or nothing for as long as it likes.
 */
import type { ConnectContext, Connector, ConnectTarget, Transport } from '@rockpool/core/plugin'

/** One call of a scripted connector. */
export interface ConnectCall {
  readonly target: ConnectTarget
  readonly context: ConnectContext
}

/** A connector that remembers who asked. */
export interface ScriptedConnector extends Connector {
  readonly calls: readonly ConnectCall[]
}

/** What the n-th call (from 0) gives: a transport, or an error to reject with. */
export type ConnectScript = (
  call: ConnectCall,
  index: number,
) => Transport | Error | Promise<Transport | Error>

/**
 * Makes a connector out of a function.
 *
 * @example
 * ```ts
 * const transport = new ScriptedTransport()
 * const connector = scriptedConnector((_call, index) => index === 0 ? new NewConnectionError('refused') : transport)
 * ```
 */
export function scriptedConnector(script: ConnectScript): ScriptedConnector {
  const calls: ConnectCall[] = []
  const connect = async (target: ConnectTarget, context: ConnectContext): Promise<Transport> => {
    calls.push({ target, context })
    const opened = await script({ target, context }, calls.length - 1)
    if (opened instanceof Error) throw opened
    return opened
  }
  return Object.assign(connect, { calls })
}
