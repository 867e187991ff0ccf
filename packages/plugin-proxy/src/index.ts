// Public surface of @rockpool/plugin-proxy: `proxy()`, how an origin is reached through another host. Nothing is
// exported yet. It may import `@rockpool/core/plugin`, and plugin-tls's connector for the proxy's own leg.
export {}
