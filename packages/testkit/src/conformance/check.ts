/** What a check is: a name, which is a promise about the plugin, and the attempt to break it. */
import type { Bench } from './bench.js'
import type { Settings } from './settings.js'

/** See the file's head. */
export interface Check {
  /** A sentence that says what holds. */
  readonly name: string
  /** Whether the check needs what the author did not give. */
  readonly applies?: (settings: Settings) => boolean
  /** Throws when it does not hold. */
  readonly run: (bench: Bench) => Promise<void>
}
