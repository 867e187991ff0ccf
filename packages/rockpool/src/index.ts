// Public surface of rockpool: the pools with TLS, retries, redirects and proxies already installed, and one
// `request()`. Nothing is exported yet. It only composes: a rule about HTTP belongs in the core or in a plugin.
export {}
