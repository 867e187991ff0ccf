/**
 * Turns of the event loop, counted only while connections become idle.
 *
 * A connection that became idle in the present turn has just been read until the kernel had no more, so it may
 * be written to at once. One that has been idle for longer may have news waiting in the kernel (a stray
 * response, a FIN) that the loop has yet to deliver; writing to it first would take old bytes for an answer.
 * The pool therefore lets the loop poll once before it reuses such a connection.
 *
 * The same end of the turn is when idle connections stop keeping the process alive: one callback for all of
 * them, and none of the cost for a connection that is taken again within the turn.
 */

/** What stays idle beyond the turn. */
export interface TurnIdler {
  /** The turn has ended; called once for each turn in which the idler was noted. */
  onTurnEnd(endedTurn: number): void
}

let turn = 0
let scheduled = false
let noted: TurnIdler[] = []
let spare: TurnIdler[] = []

/** The number of the present turn. It only moves on after a turn in which `noteIdle` was called. */
export function currentTurn(): number {
  return turn
}

/** Notes something that became idle now. */
export function noteIdle(idler: TurnIdler): void {
  noted.push(idler)
  if (!scheduled) {
    scheduled = true
    setImmediate(endTurn)
  }
}

function endTurn(): void {
  const endedTurn = turn
  turn += 1
  scheduled = false
  const ended = noted
  noted = spare
  for (const idler of ended) idler.onTurnEnd(endedTurn)
  ended.length = 0
  spare = ended
}
