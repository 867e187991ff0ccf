/** Sources of request bodies that say what became of them, and origins that misbehave once. */
import { ok, type RawConnection, type RawOrigin, rawOrigin } from './raw-origin.js'

/** Pieces of a body, as a source that says what became of it. */
export function source(
  pieces: Iterable<Uint8Array | string>,
): AsyncIterable<Uint8Array | string> & { pulled: number; ended: boolean } {
  const iterator = pieces[Symbol.iterator]()
  return {
    pulled: 0,
    ended: false,
    async *[Symbol.asyncIterator]() {
      try {
        for (let step = iterator.next(); step.done !== true; step = iterator.next()) {
          this.pulled += step.value?.length ?? 0
          yield step.value
        }
      } finally {
        this.ended = true
      }
    },
  }
}

/** The same piece again and again. */
export function* repeated(piece: Uint8Array, times: number): Generator<Uint8Array> {
  for (let count = 0; count < times; count += 1) yield piece
}

/** Answers what comes first on each connection by `first`, everything else by 200. */
export function originThat(first: (connection: RawConnection) => Promise<void>): Promise<RawOrigin> {
  return rawOrigin(async (connection) => {
    if (connection.number === 1) await first(connection)
    while ((await connection.request()) !== undefined) connection.send(ok('next'))
  })
}
