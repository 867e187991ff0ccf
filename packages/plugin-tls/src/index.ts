// Public surface of @rockpool/plugin-tls: `tls()`, the policy on top of the core's TLS mechanism. Nothing is exported
// yet. This package may import `@rockpool/core/plugin` and nothing else of the core.
export {}
