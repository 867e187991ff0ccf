/**
 * Where the making of one connection stands.
 *
 * A dial belongs to its pool and tells nobody how far it has come until it ends. A call whose deadline or signal cuts it
 * meanwhile would only know that it was waiting: so whoever does a step of the work says so here, and whoever gives up
 * reads it. A connector that says nothing leaves what the last one said, `connect` at first. It is a label and decides
 * nothing: what a connector says wrongly makes a wrong `phase` and no other harm.
 *
 * Must not know: who reads it.
 */

/** The phases of making a connection, as errors have them. */
export type ConnectPhase = 'dns' | 'connect' | 'proxy' | 'tls'

/** For messages: what goes on in each phase. */
const DOING: Readonly<Record<ConnectPhase, string>> = {
  dns: 'resolving the name',
  connect: 'connecting',
  proxy: 'negotiating with the proxy',
  tls: 'in the TLS handshake',
}

/** See the file's head. */
export class ConnectProgress {
  #phase: ConnectPhase = 'connect'

  /** The phase under way; `connect` until somebody says something else. */
  get phase(): ConnectPhase {
    return this.#phase
  }

  /** What goes on, for messages: "in the TLS handshake". */
  get doing(): string {
    return DOING[this.#phase]
  }

  /**
   * Says that `phase` begins. Throws a `TypeError` for anything that is not a phase of connecting.
   *
   * @example
   * const viaProxy = (next: Connector): Connector => async (target, context) => {
   *   context.progress?.enter('proxy')
   *   …
   * }
   */
  enter(phase: ConnectPhase): void {
    if (!Object.hasOwn(DOING, phase))
      throw new TypeError("progress.enter() takes 'dns', 'connect', 'proxy' or 'tls'")
    this.#phase = phase
  }
}
