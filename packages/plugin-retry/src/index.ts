// Public surface of @rockpool/plugin-retry: `retry()`, `redirect()` and the `Retry` ledger they share. Nothing is
// exported yet. This package may import `@rockpool/core/plugin` and nothing else of the core.
export {}
