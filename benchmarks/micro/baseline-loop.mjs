// The yardstick of the micro-benchmarks: a fixed piece of work that uses what a client uses (char codes, slices, small
// objects, a Map, a Buffer decoded), so that its time follows the machine as theirs does. Changing it invalidates
// baseline.json; it does not belong to the product, so nothing but Node itself can make it slower.
const TEXT = 'Content-Type: text/plain; charset=utf-8'
const bytes = Buffer.from(TEXT, 'latin1')

/** The lower-case name in front of the colon, by char codes. */
function nameOf(text) {
  let end = 0
  while (text.charCodeAt(end) !== 0x3a) end += 1
  return text.slice(0, end).toLowerCase()
}

export function open() {
  const known = new Map()
  let sum = 0
  return {
    run(count) {
      for (let i = 0; i < count; i++) {
        const text = bytes.latin1Slice(0, TEXT.length)
        const line = { name: nameOf(text), value: text.slice(14), at: i }
        known.set(line.name, line)
        sum += known.get('content-type').at + line.value.length
      }
      return sum
    },
  }
}
