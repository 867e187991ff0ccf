/**
 * Bytes as they arrive on one side, asked for as a script needs them on the other: a head, n bytes, a line.
 *
 * Knows nothing of sockets or HTTP. One reader at a time, which a script is. The end of the bytes is an error for
 * who wants more of them: `ConnectionEnded`, which a server swallows, because a client may leave when it likes.
 */
import { type Deferred, deferred } from '../gate.js'

/** The peer left while a script was reading from it. Ends the script; not a failure of the test. */
export class ConnectionEnded extends Error {
  override readonly name = 'ConnectionEnded'
  /** Bytes that had arrived and that nobody has read. */
  readonly unread: Buffer

  constructor(why: string, unread: Buffer) {
    super(`the client left (${why}) with ${unread.length} bytes unread`)
    this.unread = unread
  }
}

/** See the file's head. */
export class ByteReader {
  #chunks: Buffer[] = []
  #size = 0
  #ended: string | undefined
  #waiting: Deferred<void> | undefined

  /** Bytes that arrived and were not read yet. */
  get size(): number {
    return this.#size
  }

  /** Takes what arrived. */
  append(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#size += chunk.length
    this.#wake()
  }

  /** No more will come. The first reason counts. */
  end(why: string): void {
    this.#ended ??= why
    this.#wake()
  }

  /** Exactly `count` bytes. Rejects with ConnectionEnded when fewer come. */
  async take(count: number): Promise<Buffer> {
    while (this.#size < count) await this.#more()
    return this.#cut(count)
  }

  /** Everything up to and including `mark`. Rejects with ConnectionEnded when it never comes. */
  async through(mark: string): Promise<Buffer> {
    const bytes = Buffer.from(mark, 'latin1')
    let searched = 0
    for (;;) {
      const all = this.#joined()
      const at = all.indexOf(bytes, Math.max(0, searched - bytes.length + 1))
      if (at >= 0) return this.#cut(at + bytes.length)
      searched = all.length
      await this.#more()
    }
  }

  /** Everything that comes until the peer stops sending. */
  async rest(): Promise<Buffer> {
    while (this.#ended === undefined) await this.#more()
    return this.#cut(this.#size)
  }

  async #more(): Promise<void> {
    if (this.#ended !== undefined) throw new ConnectionEnded(this.#ended, this.#joined())
    this.#waiting ??= deferred()
    await this.#waiting.promise
  }

  #wake(): void {
    this.#waiting?.resolve()
    this.#waiting = undefined
  }

  #joined(): Buffer {
    if (this.#chunks.length !== 1) this.#chunks = [Buffer.concat(this.#chunks)]
    return this.#chunks[0] as Buffer
  }

  #cut(count: number): Buffer {
    const all = this.#joined()
    this.#chunks = count === all.length ? [] : [all.subarray(count)]
    this.#size -= count
    return all.subarray(0, count)
  }
}
