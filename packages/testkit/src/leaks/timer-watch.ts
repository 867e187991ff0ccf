/**
 * Timers that nobody cleared, with the place that made them. `process.getActiveResourcesInfo()` tells only of those
 * that keep the process alive; a client's are unreferenced, so they are followed by async hooks instead.
 */
import { createHook } from 'node:async_hooks'

/** Follows the timers made from now on. */
export class TimerWatch {
  readonly #alive = new Map<number, string>()
  readonly #hook = createHook({
    init: (id, type) => {
      if (type === 'Timeout') this.#alive.set(id, makerOf(new Error().stack))
    },
    destroy: (id) => this.#alive.delete(id),
  })

  constructor() {
    this.#hook.enable()
  }

  /** Where the timers that are still armed were made. */
  get alive(): string[] {
    return [...this.#alive.values()]
  }

  stop(): void {
    this.#hook.disable()
  }
}

/** The first frame that is neither Node's nor this file's. */
function makerOf(stack = ''): string {
  const frames = stack.split('\n').slice(1)
  const own = frames.findIndex(
    (frame) => frame.includes('node:internal/timers') || frame.includes('node:timers'),
  )
  const maker = frames
    .slice(own + 1)
    .find((frame) => !frame.includes('node:') && !frame.includes('timer-watch'))
  return (maker ?? 'unknown place').trim().replace(/^at /, '')
}
