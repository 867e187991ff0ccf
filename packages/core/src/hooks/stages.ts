/**
 * Where in a hook a tap runs: lower stages first, taps of one stage in the order of installation.
 *
 * Stages, and not the order in which plugins are listed, decide who comes first, so that any two plugins work
 * together without knowing each other.
 */

/**
 * The stages of each hook. A plugin names the one that says what it does.
 *
 * @example
 * host.hooks.onRequest.tap({ name: 'sign', stage: stages.onRequest.sign }, (context) => { … })
 */
export const stages = {
  /**
   * The lowest stage wraps first and so lies innermost: `dial` replaces the way to an address, `tunnel` goes through another
   * host, `secure` is TLS, `observe` looks.
   */
  beforeConnect: { dial: -20, tunnel: -10, secure: 0, observe: 100 },
  /**
   * `observe` looks; `admit` waits or refuses; `route` chooses the way; `amend` changes the request; `sign` adds what depends on
   * all of it; `answer` answers in the origin's place.
   */
  onRequest: { observe: -100, admit: -50, route: -10, amend: 0, sign: 10, answer: 20 },
  /** `observe` looks; `decide` asks for another attempt or ends the call; `transform` changes the body that is delivered. */
  onResponse: { observe: -100, decide: 0, transform: 10 },
  /** `observe` looks; `decide` asks for another attempt; `fallback` answers when nothing else helps. */
  onError: { observe: -100, decide: 0, fallback: 10 },
  /** `observe` looks; `decide` may have the connection closed. */
  onRelease: { observe: -100, decide: 0 },
  /** `observe` looks; `release` gives back what the call held. */
  onSettle: { observe: -100, release: 0 },
} as const
