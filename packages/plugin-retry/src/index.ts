// Public surface of @rockpool/plugin-retry: two plugins and the ledger they share. This package imports
// `@rockpool/core/plugin` and nothing else of the core.

export { seededRandom } from './backoff.js'
export type { BudgetInspection, BudgetOptions } from './budget.js'
export type { RedirectPluginOptions, Retries, RetryPluginOptions } from './options.js'
export { RETRY_AFTER_STATUSES, Retry, type RetryEvent, type RetryRecord } from './policy.js'
export { redirect } from './redirect.js'
export { retry } from './retry.js'
export type { RetryOptions } from './retry-options.js'
