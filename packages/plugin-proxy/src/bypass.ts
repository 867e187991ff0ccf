/**
 * Which hosts are reached without the proxy: the rules of `noProxy` and of `NO_PROXY`.
 *
 * Rule: what is compared is the host as it was normalised for the connection (lower case, IDNA, no trailing dot, no
 * brackets, no zone, IPv4 in dotted form), never the text of a URL, and an address is only ever compared with addresses:
 * `[::1%25.example.com]` is no host below example.com (Go's CVE-2025-22870). An IPv4 address inside an IPv6 one
 * (`::ffff:127.0.0.1`) counts as the IPv4 address.
 *
 * Neighbours: environment.ts, route.ts. Must not know: proxies.
 */
import { BlockList, isIP } from 'node:net'
import { OptionsError, Origin, quotePeerText } from '@rockpool/core/plugin'

interface Rule {
  /** Only this port; `undefined` for any. */
  readonly port: number | undefined
  readonly matches: (host: string, isIp: boolean) => boolean
}

/**
 * Rules that hosts are matched with: `example.com` (that host alone), `.example.com` or `*.example.com` (every host below
 * it), an address, a CIDR range, `*` for all; each with `:port` behind it for that port alone (an IPv6 address then in
 * brackets).
 */
export class Bypass {
  readonly #rules: readonly Rule[]

  private constructor(rules: readonly Rule[]) {
    this.#rules = rules
  }

  /**
   * Reads rules: a list, or one text with commas or spaces between them.
   *
   * @throws {OptionsError} path `noProxy`: a rule means nothing; with `lenient` it is left out instead
   */
  static parse(input: string | readonly string[], lenient = false): Bypass {
    const texts = (typeof input === 'string' ? [input] : input).flatMap((text) => text.split(/[\s,]+/))
    const rules: Rule[] = []
    for (const text of texts) {
      if (text === '') continue
      try {
        rules.push(parseRule(text.toLowerCase()))
      } catch (cause) {
        if (lenient) continue
        throw new OptionsError(`noProxy: ${quotePeerText(text)} is no host, address or range`, {
          path: 'noProxy',
          cause,
        })
      }
    }
    return new Bypass(rules)
  }

  get isEmpty(): boolean {
    return this.#rules.length === 0
  }

  /** Whether `target` is to be reached directly. */
  matches(target: Origin): boolean {
    const { serverName, isIp, port } = target
    return this.#rules.some(
      (rule) => (rule.port === undefined || rule.port === port) && rule.matches(serverName, isIp),
    )
  }
}

function parseRule(text: string): Rule {
  const { name, port } = splitPort(text)
  if (name === '*') return { port, matches: () => true }
  const slash = name.indexOf('/')
  if (slash > 0) return { port, matches: inRange(name.slice(0, slash), name.slice(slash + 1)) }
  const suffix = /^\*?\.(.+)$/.exec(name)?.[1]
  if (suffix !== undefined) {
    const below = `.${nameOf(suffix).serverName}`
    return { port, matches: (host, isIp) => !isIp && host.endsWith(below) }
  }
  const exact = nameOf(name)
  if (exact.isIp) return { port, matches: inRange(exact.serverName, undefined) }
  return { port, matches: (host) => host === exact.serverName }
}

/** A bare IPv6 address has colons of its own, and so no port. */
function splitPort(text: string): { name: string; port: number | undefined } {
  const match = /^(\[[^\]]*\]|[^:]*):(\d{1,5})$/.exec(text)
  if (match === null) return { name: text, port: undefined }
  const port = Number(match[2])
  if (port > 65_535) throw new RangeError(`there is no port ${port}`)
  return { name: match[1] as string, port }
}

function nameOf(text: string): Origin {
  return Origin.of('http', text)
}

function inRange(address: string, prefix: string | undefined): (host: string, isIp: boolean) => boolean {
  const bare = address.replace(/^\[|\]$/g, '')
  const family = isIP(bare) === 6 ? 'ipv6' : 'ipv4'
  const widest = family === 'ipv6' ? 128 : 32
  const bits = prefix === undefined ? widest : Number(prefix)
  if (isIP(bare) === 0 || !/^\d{1,3}$/.test(prefix ?? '0') || bits > widest) {
    throw new OptionsError(`${address} is no range`, { path: 'noProxy' })
  }
  const list = new BlockList()
  const mapped = family === 'ipv6' ? mappedAddress(bare) : undefined
  if (mapped !== undefined && bits === 128) list.addAddress(mapped, 'ipv4')
  else list.addSubnet(bare, bits, family)
  return (host, isIp) => isIp && contains(list, host)
}

function contains(list: BlockList, host: string): boolean {
  const mapped = mappedAddress(host)
  if (mapped !== undefined && list.check(mapped, 'ipv4')) return true
  return list.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4')
}

/** The IPv4 address inside `::ffff:a.b.c.d`, however it is written (RFC 4291 §2.5.5.2). */
function mappedAddress(host: string): string | undefined {
  const dotted = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(host)?.[1]
  if (dotted !== undefined) return dotted
  const match = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(host)
  if (match === null) return undefined
  const high = Number.parseInt(match[1] as string, 16)
  const low = Number.parseInt(match[2] as string, 16)
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
}
