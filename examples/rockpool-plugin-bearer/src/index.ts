/** What users of the plugin import. */
export { type BearerOptions, bearer, type RefreshContext } from './bearer.js'
