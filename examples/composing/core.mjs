// The core alone: http over pools, for an origin on your own machine or network.
import { connectionFromUrl } from '@rockpool/core'

const pool = connectionFromUrl(process.argv[2])
const response = await pool.request('GET', '/hello')
console.log(response.status, await response.text())
await pool.close()
