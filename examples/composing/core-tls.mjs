// The core and TLS: https to origins that you know, with the trust that you give.
import { connectionFromUrl } from '@rockpool/core'
import { tls } from '@rockpool/plugin-tls'

const [, , url, caCerts] = process.argv
const pool = connectionFromUrl(url, { plugins: [tls({ caCerts })] })
const response = await pool.request('GET', '/hello')
console.log(response.status, await response.text(), response.connection.tls.protocol)
await pool.close()
