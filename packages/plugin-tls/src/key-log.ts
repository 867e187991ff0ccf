/**
 * `SSLKEYLOGFILE`: the secrets of each connection, appended to a file that Wireshark and others read.
 *
 * Set by whoever runs the process to look into his own traffic; read once, when the plugin is made. An empty value is
 * off. A file that cannot be written is reported once and does not fail connections.
 */
import { appendFileSync } from 'node:fs'
import type { TLSSocket } from 'node:tls'

/** Listens to sockets for their secrets; `undefined` when the variable is not set. */
export type KeyLog = (socket: TLSSocket) => void

/** The key log that the environment asks for. */
export function keyLogFromEnvironment(): KeyLog | undefined {
  const path = process.env.SSLKEYLOGFILE
  if (path === undefined || path === '') return undefined
  let broken = false
  const append = (line: Buffer): void => {
    if (broken) return
    try {
      appendFileSync(path, line, { mode: 0o600 })
    } catch (error) {
      broken = true
      process.emitWarning(`SSLKEYLOGFILE cannot be written: ${(error as Error).message}`, {
        type: 'RockpoolWarning',
        code: 'ROCKPOOL_KEYLOG',
      })
    }
  }
  return (socket) => void socket.on('keylog', append)
}
