// How one input becomes another: bytes, tokens of the protocol, lines, numbers, and pieces of other inputs.

const INTERESTING = [
  0, 1, 9, 10, 11, 13, 31, 32, 34, 44, 45, 48, 49, 57, 58, 59, 61, 65, 92, 97, 102, 126, 127, 128, 160, 255,
]
const MAX_BYTES = 4_096

/** A changed copy of `input`; `tokens` are byte strings of the target's language, `other` any second input. */
export function mutate(input, random, tokens, other) {
  let bytes = input
  for (let left = 1 + random.below(random.chance(4) ? 12 : 3); left > 0; left -= 1) {
    bytes = random.pick(MUTATORS)(bytes, random, tokens, other)
  }
  return bytes.length > MAX_BYTES ? bytes.subarray(0, MAX_BYTES) : bytes
}

const place = (bytes, random) => random.below(bytes.length + 1)

function splice(bytes, at, drop, insert) {
  return Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(Math.min(bytes.length, at + drop))])
}

function range(bytes, random) {
  const at = place(bytes, random)
  const most = random.chance(3) ? bytes.length - at : Math.min(8, bytes.length - at)
  return [at, random.below(most + 1)]
}

function setByte(bytes, random) {
  if (bytes.length === 0) return bytes
  const copy = Buffer.from(bytes)
  copy[random.below(copy.length)] = random.chance(2) ? random.pick(INTERESTING) : random.below(256)
  return copy
}

function flipBit(bytes, random) {
  if (bytes.length === 0) return bytes
  const copy = Buffer.from(bytes)
  copy[random.below(copy.length)] ^= 1 << random.below(8)
  return copy
}

function insertByte(bytes, random) {
  const byte = random.chance(2) ? random.pick(INTERESTING) : random.below(256)
  return splice(bytes, place(bytes, random), 0, Buffer.of(byte))
}

function insertToken(bytes, random, tokens) {
  return splice(bytes, place(bytes, random), 0, random.pick(tokens))
}

function replaceByToken(bytes, random, tokens) {
  const [at, size] = range(bytes, random)
  return splice(bytes, at, size, random.pick(tokens))
}

function drop(bytes, random) {
  const [at, size] = range(bytes, random)
  return splice(bytes, at, size, Buffer.alloc(0))
}

function repeat(bytes, random) {
  const [at, size] = range(bytes, random)
  const piece = bytes.subarray(at, at + size)
  const times = random.chance(8) ? 40 : 1 + random.below(3)
  return splice(bytes, at, 0, Buffer.concat(Array.from({ length: times }, () => piece)))
}

function crossOver(bytes, random, _, other) {
  const [at, size] = range(other, random)
  return splice(bytes, place(bytes, random), random.chance(2) ? size : 0, other.subarray(at, at + size))
}

function tailOfOther(bytes, random, _, other) {
  return Buffer.concat([bytes.subarray(0, place(bytes, random)), other.subarray(place(other, random))])
}

function cut(bytes, random) {
  return bytes.subarray(0, place(bytes, random))
}

/** Moves, doubles or drops a whole line. */
function line(bytes, random) {
  const lines = bytes.toString('latin1').split('\r\n')
  const from = random.below(lines.length)
  const text = random.chance(2) ? lines[from] : lines.splice(from, 1)[0]
  lines.splice(random.below(lines.length + 1), 0, text)
  return Buffer.from(lines.join('\r\n'), 'latin1')
}

/** Changes a number where there is one. */
function number(bytes, random) {
  const text = bytes.toString('latin1')
  const found = [...text.matchAll(/\d+/g)]
  if (found.length === 0) return bytes
  const { 0: digits, index } = random.pick(found)
  const value = BigInt(digits.slice(0, 30))
  const next = random.pick([
    () => value + 1n,
    () => (value > 0n ? value - 1n : 0n),
    () => value * 10n,
    () => 1n << BigInt(random.below(70)),
    () => (1n << BigInt(random.below(70))) - 1n,
    () => BigInt(random.below(300)),
  ])()
  return splice(bytes, index, digits.length, Buffer.from(String(next)))
}

/** Changes the case of letters in a range. */
function letters(bytes, random) {
  const [at, size] = range(bytes, random)
  const copy = Buffer.from(bytes)
  for (let i = at; i < at + size; i += 1) if (/[a-z]/i.test(String.fromCharCode(copy[i]))) copy[i] ^= 0x20
  return copy
}

const MUTATORS = [
  setByte,
  flipBit,
  insertByte,
  insertByte,
  insertToken,
  insertToken,
  replaceByToken,
  replaceByToken,
  drop,
  drop,
  repeat,
  crossOver,
  tailOfOther,
  cut,
  line,
  number,
  letters,
]
