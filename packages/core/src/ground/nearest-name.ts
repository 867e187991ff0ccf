// Which name was probably meant.
//
// Rule: a guess is only worth saying when it is close: up to two slips, or one for every three letters of a long name.
// Neighbours: whoever refuses an unknown option. Must not know: which names there are.

/**
 * The known name that differs least from what was written, when it differs little enough to be a slip; for "did you
 * mean". Case and underscores do not count.
 *
 * @example nearestName('max_size', ['maxSize', 'maxQueue']) // 'maxSize'
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const written = plain(name.slice(0, 40))
  let best: string | undefined
  let least = Math.max(2, Math.floor(written.length / 3)) + 1
  for (const candidate of known) {
    const distance = editDistance(written, plain(candidate))
    if (distance < least) {
      least = distance
      best = candidate
    }
  }
  return best
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll('_', '')
}

/** Levenshtein's distance, row by row. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= to.length; j += 1) {
      const substituted = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min(substituted, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}
