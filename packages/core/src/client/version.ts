/** Who we say we are. Kept equal to package.json by a test. */
export const VERSION: string = '0.1.0'

/** The `User-Agent` that is sent unless the caller gives one. RFC 9110 §10.1.5 */
export const USER_AGENT: string = `rockpool/${VERSION}`
