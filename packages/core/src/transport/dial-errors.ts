/**
 * What went wrong while a socket was opened, said in the field's terms.
 *
 * Node reports a failed connect by `code` and `syscall`, and several failed addresses as one AggregateError;
 * this file is the only one that reads them. A time-out is not an error of the socket and is made elsewhere.
 */
import { type HTTPError, NameResolutionError, NewConnectionError, type Phase } from '../ground/errors.js'

const RESOLVER_CODES = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME'])

/** The typed error for a socket that could not be opened to `peer`; `phase` is how far it had come. */
export function connectError(cause: unknown, peer: string, phase: Phase): HTTPError {
  const { code, syscall } = socketErrorFacts(cause)
  if ((phase === 'dns' && syscall !== 'connect') || syscall === 'getaddrinfo' || RESOLVER_CODES.has(code)) {
    return new NameResolutionError(`cannot resolve the name of ${peer} (${code || messageOf(cause)})`, {
      cause,
      phase: 'dns',
    })
  }
  return new NewConnectionError(`cannot connect to ${peer}: ${describeAttempts(cause, code)}`, {
    cause,
    phase: 'connect',
  })
}

function describeAttempts(cause: unknown, code: string): string {
  if (cause instanceof AggregateError) {
    return cause.errors.map((error) => describeOne(error)).join('; ')
  }
  return code === '' ? messageOf(cause) : describeOne(cause)
}

function describeOne(error: unknown): string {
  const { code, address, port } = socketErrorFacts(error)
  if (address === '') return code === '' ? messageOf(error) : code
  return `${code} at ${address.includes(':') ? `[${address}]` : address}:${port}`
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function socketErrorFacts(error: unknown): { code: string; syscall: string; address: string; port: string } {
  const facts = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>
  const text = (value: unknown): string =>
    typeof value === 'string' || typeof value === 'number' ? String(value) : ''
  return {
    code: text(facts.code),
    syscall: text(facts.syscall),
    address: text(facts.address),
    port: text(facts.port),
  }
}
