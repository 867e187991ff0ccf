/**
 * Where in a hook a tap runs: lower stages first, taps of one stage in the order of installation.
 *
 * Stages, and not the order in which plugins are listed, decide who comes first, so that any two plugins work
 * together without knowing each other.
 */

/** The stages of each hook. A plugin names the one that says what it does. */
export const stages = {
  /** The lowest stage wraps first and so lies innermost: dial, then tunnel, then TLS. */
  beforeConnect: { dial: -20, tunnel: -10, secure: 0, observe: 100 },
  onRequest: { observe: -100, admit: -50, route: -10, amend: 0, sign: 10, answer: 20 },
  onResponse: { observe: -100, decide: 0, transform: 10 },
  onError: { observe: -100, decide: 0, fallback: 10 },
  onRelease: { observe: -100, decide: 0 },
  onSettle: { observe: -100, release: 0 },
} as const
