/** The manager whose requests go through a proxy, as urllib3 has it: pool-manager.ts with `proxy` given. */
import { OptionsError, type Plugin } from '@rockpool/core'
import { ProxyAddress } from '@rockpool/plugin-proxy'
import { isRecord } from './compose-options.js'
import type { ManagerOptions } from './options.js'
import { PoolManager } from './pool-manager.js'

/** The options of a `ProxyManager`: the proxy has its own place. */
export type ProxyManagerOptions<Extra extends readonly Plugin[] = readonly Plugin[]> = Omit<
  ManagerOptions<Extra>,
  'proxy'
>

/**
 * Requests to any origin through one proxy: http, https, socks4, socks4a, socks5 or socks5h. urllib3: `ProxyManager`, and
 * `SOCKSProxyManager`.
 *
 * @example
 * ```ts
 * await using manager = new ProxyManager('http://user:secret@proxy.example:3128', { noProxy: '.internal' })
 * const response = await manager.request('GET', 'https://example.com/')
 * ```
 */
export class ProxyManager<const Extra extends readonly Plugin[] = readonly []> extends PoolManager<Extra> {
  /** The proxy's URL, without credentials. */
  readonly proxy: string

  /**
   * @throws {ProxySchemeUnknown} the URL's scheme is none that proxies speak
   * @throws {LocationValueError} the URL breaks the grammar
   * @throws {OptionsError} an option is unknown, not acceptable, or contradicts another
   */
  constructor(proxyUrl: string | URL, options?: ProxyManagerOptions<Extra>) {
    const address = ProxyAddress.parse(proxyUrl)
    super(withProxy(proxyUrl, options))
    this.proxy = address.url
  }
}

function withProxy<Extra extends readonly Plugin[]>(
  proxy: string | URL,
  options: ProxyManagerOptions<Extra> = {},
): ManagerOptions<Extra> {
  // What is no object, PoolManager refuses.
  if (!isRecord(options)) return options as never
  if (Object.hasOwn(options, 'proxy')) {
    throw new OptionsError('manager options: option proxy: it is the first argument of a ProxyManager', {
      path: 'proxy',
    })
  }
  return { ...options, proxy: String(proxy) } as ManagerOptions<Extra>
}

/**
 * The same as `new ProxyManager(url, options)`. urllib3: `proxy_from_url`.
 *
 * @throws {ProxySchemeUnknown | LocationValueError | OptionsError} as the constructor
 * @example
 * ```ts
 * await using manager = proxyFromUrl('socks5h://proxy.example')
 * ```
 */
export function proxyFromUrl<const Extra extends readonly Plugin[] = readonly []>(
  url: string | URL,
  options?: ProxyManagerOptions<Extra>,
): ProxyManager<Extra> {
  return new ProxyManager<Extra>(url, options)
}
