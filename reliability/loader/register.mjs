// `node --import ./reliability/loader/register.mjs`: TypeScript sources run; with ROCKPOOL_FUZZ_WATCH=1, counted.
import { register } from 'node:module'

const watch = process.env.ROCKPOOL_FUZZ_WATCH === '1'
if (watch) globalThis.__cover = () => {}
register('./hooks.mjs', import.meta.url, { data: { watch } })
