// Urls, Location values and queries: refused by the documented errors, or read as everybody reads them.
import { LocationValueError, OptionsError } from '../../../packages/core/src/ground/errors.ts'
import { parseUrl, resolveLocation, withQuery } from '../../../packages/core/src/ground/url.ts'

const BASE = 'https://base.example:8443/dir/file?q'
const latin1 = (text) => Buffer.from(text, 'latin1')

export const url = {
  name: 'url',
  tokens: [
    'http://',
    'https://',
    'HTTP://',
    'ftp://',
    'unix:',
    '//',
    '/',
    '\\',
    '@',
    ':',
    '?',
    '#',
    '%',
    '%2e',
    '%00',
    '%0d%0a',
    '..',
    '.',
    '/../',
    '[::1]',
    '[',
    ']',
    '127.0.0.1',
    '0x7f.1',
    '2130706433',
    'localhost',
    'xn--',
    'user:pass@',
    ':80',
    ':65535',
    ':65536',
    ':0',
    '\t',
    '\n',
    '\0',
    ' ',
    '\xc3\xa9',
    '\xef\xbc\x8e',
    '\xf0\x9f\x98\x80',
    '\xed\xa0\x80',
    'a.',
    '-',
    '_',
    '&',
    '=',
    '+',
  ].map(latin1),
  seeds: [
    'http://a/',
    'https://user:p%40ss@Example.com:8443/a/../b?c=d#e',
    'http://[::1]:80/',
    'http://[fe80::1%25eth0]/',
    'http://127.1/',
    '/a/./b/../c?d#e',
    '//other.example/x',
    '?q=1',
    '#f',
    'http://xn--bcher-kva.example/',
    'http://b\xc3\xbccher.example/',
    'http://a:65535/%zz',
    '../../..',
  ].map(latin1),
  steps: { base: 10_000, perByte: 200 },
  run(bytes) {
    const text = bytes.toString(bytes.length % 3 === 0 ? 'latin1' : 'utf8')
    const parsed = accepted(() => parseUrl(text))
    if (parsed !== undefined) checkParsed(text, parsed)
    const resolved = accepted(() => resolveLocation(text, BASE))
    if (resolved !== undefined) {
      const again = parseUrl(resolved)
      if (again.url !== resolved)
        throw new Error(`a resolved Location is not stable: ${resolved} → ${again.url}`)
      checkVisible(again.target)
    }
    const queried = accepted(() => withQuery('/x?a', { [text.slice(0, 5)]: text }))
    if (queried !== undefined) checkVisible(queried)
  },
}

function checkParsed(text, parsed) {
  checkVisible(parsed.target)
  const again = parseUrl(parsed.url)
  if (again.url !== parsed.url || again.origin.key !== parsed.origin.key)
    throw new Error(`a url is not stable: ${parsed.url} → ${again.url}`)
  if (again.credentials !== undefined) throw new Error('userinfo stays in a url')
  // What we take must mean the same to the rest of the world: another host there is a request to the wrong server. The WHATWG
  // parser knows no zones (`[fe80::1%25eth0]`), and refuses some host names that DNS has; it must not read them differently.
  const theirs = whatwg(text)
  const ours = whatwg(parsed.url)
  if (theirs === undefined || ours === undefined) return
  if (ours.host !== theirs.host || ours.protocol !== theirs.protocol)
    throw new Error(`another server than the WHATWG parser finds: ${parsed.origin.key} and ${theirs.origin}`)
}

function whatwg(text) {
  try {
    return new URL(text)
  } catch {
    return undefined
  }
}

function checkVisible(target) {
  if (!/^[\x21-\x7e]+$/.test(target)) throw new Error('a target that is not visible ASCII')
  if (target.includes('#')) throw new Error('a fragment in a target')
}

function accepted(make) {
  try {
    return make()
  } catch (error) {
    if (error instanceof LocationValueError || error instanceof OptionsError) return undefined
    throw error
  }
}
