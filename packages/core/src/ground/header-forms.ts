// Header fields in the shapes that others want: a web Headers, plain data.
//
// Neighbours: headers.ts is the only user. Must not know: how fields are stored beyond the flat list, or checked.

/** As a web `Headers`. */
export function webHeaders(raw: readonly string[]): Headers {
  const web = new Headers()
  for (let i = 0; i < raw.length; i += 2) web.append(raw[i] as string, raw[i + 1] as string)
  return web
}

/** As an object without prototype: lower-case names; a string, or an array for a name with several lines. */
export function plainFields(raw: readonly string[]): Record<string, string | string[]> {
  const fields = Object.create(null) as Record<string, string | string[]>
  for (let i = 0; i < raw.length; i += 2) {
    const key = (raw[i] as string).toLowerCase()
    const value = raw[i + 1] as string
    const earlier = fields[key]
    if (earlier === undefined) fields[key] = value
    else if (typeof earlier === 'string') fields[key] = [earlier, value]
    else earlier.push(value)
  }
  return fields
}
