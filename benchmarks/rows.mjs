// The table of what is measured. A row names the work, how it is set up, who takes part, and what is promised; growth-rows.mjs
// has the rows whose point is how a cost grows.
//
// `work`      what one call is: 'get' (whole body in memory), 'stream' (body read chunk by chunk), 'upload', 'upload-file'
// `server`    'http', 'https', 'sink' (takes uploads) or 'handshakes' (counts them); see servers/start.mjs
// `reconnects` every request is made on a connection of its own
// `ms`        how long one round runs; large bodies need longer rounds
// `proxy`     'forward' or 'connect': how the server is reached
// `targets`   `measure` of `client` relative to `against`, both from one run: 'rate' at least, 'cpu' or 'p50' at most
// `imports`   a row of what importing costs; see start-row.mjs
// `oldNode`   who is also measured on the oldest Node that is supported, where undici 7 is the peer
// `collect`   false: rounds do not begin with a garbage collection
// `kept`      belongs to bench:check: what `client` may cost there, see check.mjs
// A new row (a proxy, another body) is a new entry here; only a new kind of work needs code in the clients.
const MIB = 1_048_576
const small = { work: 'get', server: 'http', path: '/small', ms: 400 }

const rate = (client, against, atLeast) => ({ client, against, measure: 'rate', atLeast })
const cpu = (client, against, atMost) => ({ client, against, measure: 'cpu', atMost })

const abstract = ['undici-fetch', 'node-http', 'got', 'axios', 'ky']
const everyone = ['undici-request', 'undici-dispatch', ...abstract]
const core = ['floor', 'rockpool-core', 'undici-request']

export const rows = [
  {
    ...small,
    name: 'small',
    title: '12-byte answer, 16 connections',
    connections: 16,
    clients: ['floor', 'floor-events', 'rockpool-core', 'go-http', ...everyone],
    oldNode: [...core, 'undici-dispatch'],
    kept: { client: 'rockpool-core', peer: 'undici-request', floor: 'floor' },
    targets: [
      rate('rockpool-core', 'undici-request', 3),
      rate('rockpool-core', 'undici-dispatch', 2),
      cpu('rockpool-core', 'floor', 2.2),
      cpu('rockpool-core', 'go-http', 1),
    ],
  },
  {
    ...small,
    name: 'steady',
    title: '12-byte answer, 16 connections, long rounds, nothing collected between them',
    connections: 16,
    ms: 2000,
    warmUpMs: 4000,
    collect: false,
    clients: ['floor', 'rockpool-core', 'rockpool-plugins', 'undici-request', 'undici-dispatch'],
    targets: [],
  },
  {
    ...small,
    name: 'latency',
    title: '12-byte answer, one after another',
    connections: 1,
    clients: ['floor', 'rockpool-core', ...everyone],
    oldNode: core,
    targets: [{ client: 'rockpool-core', against: 'undici-request', measure: 'p50', atMost: 0.6 }],
  },
  {
    ...small,
    name: 'plugins',
    title: '12-byte answer, retry + redirect + tls installed',
    connections: 16,
    clients: ['floor', 'rockpool-core', 'rockpool-plugins'],
    kept: { client: 'rockpool-plugins', peer: 'rockpool-core' },
    targets: [rate('rockpool-plugins', 'rockpool-core', 0.9)],
  },
  {
    ...small,
    name: 'manager',
    title: '12-byte answer, manager with everything installed',
    connections: 16,
    clients: ['floor', 'rockpool-manager', 'undici-composed', 'got', 'axios'],
    oldNode: ['floor', 'rockpool-manager', 'undici-composed'],
    kept: { client: 'rockpool-manager', peer: 'undici-composed', floor: 'floor' },
    targets: [rate('rockpool-manager', 'undici-composed', 2.5)],
  },
  {
    ...small,
    name: 'https',
    title: '12-byte answer over TLS, 16 connections',
    server: 'https',
    connections: 16,
    clients: ['floor', 'floor-events', 'rockpool-core', 'go-http', ...everyone],
    oldNode: core,
    kept: { client: 'rockpool-core', peer: 'undici-request', floor: 'floor' },
    targets: [rate('rockpool-core', 'undici-request', 2.5), cpu('rockpool-core', 'floor', 1.6)],
  },
  {
    ...small,
    name: 'https-reconnect',
    title: '12-byte answer over TLS, each on a connection of its own, 4 at a time',
    server: 'handshakes',
    reconnects: true,
    connections: 4,
    clients: ['floor-reconnect', 'rockpool-core', 'undici-request'],
    targets: [
      { client: 'rockpool-core', measure: 'full', atMost: 0 },
      rate('rockpool-core', 'undici-request', 1),
      cpu('rockpool-core', 'floor-reconnect', 1.6),
    ],
  },
  {
    ...small,
    name: 'proxy-forward',
    title: '12-byte answer through a forward proxy, 16 connections',
    proxy: 'forward',
    connections: 16,
    clients: ['floor', 'rockpool-proxy', 'undici-proxy'],
    oldNode: ['floor', 'rockpool-proxy', 'undici-proxy'],
    targets: [rate('rockpool-proxy', 'undici-proxy', 2)],
  },
  {
    ...small,
    name: 'proxy-connect',
    title: '12-byte answer over TLS through a CONNECT proxy, 16 connections',
    server: 'https',
    proxy: 'connect',
    connections: 16,
    clients: ['floor', 'rockpool-proxy', 'undici-proxy'],
    oldNode: ['floor', 'rockpool-proxy', 'undici-proxy'],
    targets: [rate('rockpool-proxy', 'undici-proxy', 2)],
  },
  {
    name: 'download-1m',
    title: '1 MiB download into memory, 4 connections',
    work: 'get',
    server: 'http',
    path: '/1m',
    ms: 600,
    connections: 4,
    clients: ['floor', 'floor-events', 'rockpool-core', ...everyone],
    oldNode: core,
    kept: { client: 'rockpool-core', peer: 'undici-request', floor: 'floor', tolerance: 1 },
    targets: [rate('rockpool-core', 'undici-request', 2)],
  },
  {
    name: 'stream-1m',
    title: '1 MiB download streamed, 4 connections',
    work: 'stream',
    server: 'http',
    path: '/1m',
    ms: 600,
    connections: 4,
    clients: [
      'floor',
      'floor-events',
      'rockpool-core',
      'rockpool-into',
      'undici-stream',
      'undici-request',
      ...abstract,
    ],
    oldNode: ['floor', 'rockpool-core', 'undici-stream'],
    kept: { client: 'rockpool-core', peer: 'undici-stream', floor: 'floor', tolerance: 1 },
    // To a sink: each library's own way for it. 'rockpool-core' iterates over chunks that the reader may keep.
    targets: [rate('rockpool-into', 'undici-stream', 2), rate('rockpool-core', 'undici-stream', 2)],
  },
  {
    name: 'download-100m',
    title: '100 MiB download into memory, one connection',
    work: 'get',
    server: 'http',
    path: '/100m',
    ms: 1000,
    connections: 1,
    clients: ['floor', 'rockpool-core', 'undici-request', ...abstract],
    targets: [rate('rockpool-core', 'undici-request', 2)],
  },
  {
    name: 'stream-100m',
    title: '100 MiB download streamed, one connection',
    work: 'stream',
    server: 'http',
    path: '/100m',
    ms: 1000,
    connections: 1,
    clients: ['floor', 'rockpool-core', 'rockpool-into', 'undici-stream', 'undici-request', 'node-http'],
    targets: [rate('rockpool-into', 'undici-stream', 2), rate('rockpool-core', 'undici-stream', 2)],
  },
  {
    name: 'upload-1m',
    title: '1 MiB upload from a buffer, 4 connections',
    work: 'upload',
    server: 'sink',
    path: '/upload',
    uploadBytes: MIB,
    ms: 600,
    connections: 4,
    clients: ['floor', 'rockpool-core', ...everyone],
    oldNode: core,
    kept: { client: 'rockpool-core', peer: 'undici-request' },
    targets: [rate('rockpool-core', 'undici-request', 1.3)],
  },
  {
    name: 'upload-100m',
    title: '100 MiB upload from a file, one connection',
    work: 'upload-file',
    server: 'sink',
    path: '/upload',
    uploadBytes: 100 * MIB,
    ms: 1000,
    connections: 1,
    clients: ['floor', 'rockpool-core', 'undici-request', 'node-http', 'got', 'axios'],
    targets: [rate('rockpool-core', 'undici-request', 1.3)],
  },
  {
    name: 'start',
    title: 'CPU time of an import, size of the package',
    imports: {
      'zod + tapable': ['zod', 'tapable'],
      '@rockpool/core': ['@rockpool/core'],
      rockpool: ['rockpool'],
      undici: ['undici'],
      got: ['got'],
      axios: ['axios'],
      ky: ['ky'],
    },
    packed: '@rockpool/core',
    targets: [
      { client: '@rockpool/core', against: 'zod + tapable', measure: 'ms', atMost: 2 },
      { client: '@rockpool/core', measure: 'packedKB', atMost: 80 },
    ],
  },
]
