// A small generator with a seed, so that a run can be done again (xorshift128).

/** @returns {{ below(n: number): number, pick<T>(list: readonly T[]): T, chance(one: number): boolean }} */
export function seeded(seed) {
  let [a, b, c, d] = [seed | 0 || 1, 0x9e3779b9, 0x243f6a88, 0xb7e15162]
  const next = () => {
    let t = d
    const s = a
    d = c
    c = b
    b = s
    t ^= t << 11
    t ^= t >>> 8
    a = t ^ s ^ (s >>> 19)
    return a >>> 0
  }
  for (let i = 0; i < 20; i += 1) next()
  const below = (n) => next() % n
  return { below, pick: (list) => list[below(list.length)], chance: (one) => below(one) === 0 }
}
