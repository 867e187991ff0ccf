// Real URLs: one GET request to each, through a manager that pools connections by origin.
import { PoolManager } from '@rockpool/core'
import { redactUrl } from '@rockpool/core/plugin'
import { observe } from './record.mjs'

/** Requests the URLs one after the other, so that the second of one origin shows a reused connection. */
export async function visit(urls) {
  const plugins = urls.some((url) => /^https:/i.test(url)) ? await tlsPlugins() : []
  const manager = new PoolManager({ plugins, timeout: { connect: 10_000, read: 30_000, total: 60_000 } })
  try {
    const requests = []
    for (const url of urls) {
      requests.push(
        await observe(`GET ${redactUrl(url)}`, undefined, () =>
          manager.request('GET', url, { preloadContent: false }),
        ),
      )
    }
    return { requests, pool: manager.inspect() }
  } finally {
    await manager.close()
  }
}

/** `tls()`, where @rockpool/plugin-tls is built. Without it, core refuses an https URL with an error that names the plugin. */
async function tlsPlugins() {
  try {
    const { tls } = await import('@rockpool/plugin-tls')
    return typeof tls === 'function' ? [tls()] : []
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
    return []
  }
}
