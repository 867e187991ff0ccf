/** What a caller who does not get a connection is told, and a developer whose pool is too small. */
import { ClosedPoolError, EmptyPoolError, ProtocolError, QueueFullError } from '../ground/errors.js'
import type { Origin } from '../ground/origin.js'

/** The pool is closed, or was closed while the caller waited. */
export function poolClosed(origin: Origin): ClosedPoolError {
  return new ClosedPoolError(`the pool for ${origin.key} is closed`, { phase: 'queue' })
}

/** The pool was closed and what was under way has been cut. */
export function graceOver(origin: Origin): ClosedPoolError {
  return new ClosedPoolError(`the pool for ${origin.key} was closed and its grace is over`)
}

/** A connection that was just made is unusable. */
export function notUsable(origin: Origin): ProtocolError {
  return new ProtocolError(`${origin.key} sent bytes or closed before it was asked anything`, {
    phase: 'connect',
  })
}

/** The line is as long as it may be. */
export function queueFull(origin: Origin, maxQueue: number): QueueFullError {
  return new QueueFullError(`${maxQueue} callers already wait for a connection to ${origin.key}`, {
    phase: 'queue',
  })
}

/** The wait is over. */
export function waitedTooLong(origin: Origin, poolTimeout: number, maxSize: number): EmptyPoolError {
  return new EmptyPoolError(
    `no connection to ${origin.key} became free within ${poolTimeout} ms (maxSize ${maxSize}, all in use)`,
    { phase: 'queue' },
  )
}

/** A connection is closed because the pool keeps no more. Said once per pool: urllib3 says it every time. */
export function warnSurplus(origin: Origin, maxSize: number): void {
  process.emitWarning(
    `Connection pool is full, discarding connection: ${origin.key}. Connection pool size: ${maxSize}. ` +
      'Raise maxSize to keep more idle connections, or set block to limit how many exist. Said once per pool.',
    { code: 'ROCKPOOL_POOL_FULL', type: 'RockpoolWarning' },
  )
}
