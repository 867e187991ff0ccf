// undici's `Pool.dispatch`: its lowest level, handler callbacks and no promise.
import { poolOptions, requestOptions, undici, version } from './undici-tools.mjs'

/** Answers are counted and forgotten, as by the floor. */
const handler = (done) => ({
  onRequestStart() {},
  onResponseStart() {},
  onResponseData() {},
  onResponseEnd: () => done(),
  onResponseError: (_controller, error) => done(error),
})

export async function open(setup) {
  const pool = new undici.Pool(setup.origin, poolOptions(setup))
  const options = requestOptions(setup)
  return {
    version,
    start: (_lane, done) => pool.dispatch(options(), handler(done)),
    close: () => pool.destroy(),
  }
}
