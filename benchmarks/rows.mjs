// The table of what is measured. A row names the work, how it is set up, who takes part, and what is promised.
//
// `work`     what one call is: 'get' (whole body in memory), 'stream' (body read chunk by chunk), 'upload', 'upload-file'
// `server`   'http', 'https' or 'sink' (takes uploads); see servers/start.mjs
// `ms`       how long one round runs; large bodies need longer rounds
// `proxy`    'forward' or 'connect': how the server is reached
// `targets`  `measure` of `client` relative to `against`, both from one run: 'rate' at least, 'cpu' or 'p50' at most
// `series`   a growth row: the work at each of `sizes` of something; targets compare the last with the first, see series.mjs
// `imports`  a row of what importing costs; see start-row.mjs
// `inCheck`  belongs to the short run of bench:check
// `kept`     of a target: what has been reached so far, with a margin; bench:check holds a change against this, so that it
//            finds what a change made slower, while the full run says how far the target itself is
// A new row (a proxy, another body) is a new entry here; only a new kind of work needs code in the clients.
const MIB = 1_048_576
const small = { work: 'get', server: 'http', path: '/small', ms: 1000 }

const rate = (client, against, atLeast, kept) => ({ client, against, measure: 'rate', atLeast, kept })
const cpu = (client, against, atMost, kept) => ({ client, against, measure: 'cpu', atMost, kept })

const everyone = ['undici-request', 'undici-dispatch', 'undici-fetch', 'node-http', 'got', 'axios', 'ky']

export const rows = [
  {
    ...small,
    name: 'small',
    inCheck: true,
    title: '12-byte answer, 16 connections',
    connections: 16,
    clients: ['floor', 'floor-events', 'rockpool-core', ...everyone],
    targets: [
      rate('rockpool-core', 'undici-request', 3, 1.6),
      rate('rockpool-core', 'undici-dispatch', 2, 1.1),
      cpu('rockpool-core', 'floor', 2.2, 4),
    ],
  },
  {
    ...small,
    name: 'latency',
    inCheck: true,
    title: '12-byte answer, one after another',
    connections: 1,
    clients: ['floor', 'rockpool-core', 'undici-request', 'undici-dispatch', 'undici-fetch', 'node-http'],
    targets: [{ client: 'rockpool-core', against: 'undici-request', measure: 'p50', atMost: 0.6, kept: 0.8 }],
  },
  {
    ...small,
    name: 'plugins',
    inCheck: true,
    title: '12-byte answer, retry + redirect + tls installed',
    connections: 16,
    clients: ['floor', 'rockpool-core', 'rockpool-plugins'],
    targets: [rate('rockpool-plugins', 'rockpool-core', 0.9, 0.8)],
  },
  {
    ...small,
    name: 'manager',
    inCheck: true,
    title: '12-byte answer, manager with everything installed',
    connections: 16,
    clients: ['floor', 'rockpool-manager', 'undici-composed', 'got', 'axios'],
    targets: [rate('rockpool-manager', 'undici-composed', 2.5, 1.5)],
  },
  {
    ...small,
    name: 'https',
    inCheck: true,
    title: '12-byte answer over TLS, 16 connections',
    server: 'https',
    connections: 16,
    clients: ['floor', 'floor-events', 'rockpool-core', ...everyone],
    targets: [rate('rockpool-core', 'undici-request', 2.5, 1.2), cpu('rockpool-core', 'floor', 1.6, 5)],
  },
  {
    name: 'download-1m',
    inCheck: true,
    title: '1 MiB download into memory, 4 connections',
    work: 'get',
    server: 'http',
    path: '/1m',
    ms: 1500,
    connections: 4,
    clients: ['floor', 'floor-events', 'rockpool-core', ...everyone],
    targets: [rate('rockpool-core', 'undici-request', 2, 1.4)],
  },
  {
    name: 'stream-1m',
    title: '1 MiB download streamed, 4 connections',
    work: 'stream',
    server: 'http',
    path: '/1m',
    ms: 1500,
    connections: 4,
    clients: ['floor', 'floor-events', 'rockpool-core', 'undici-request', 'undici-stream', 'node-http'],
    targets: [rate('rockpool-core', 'undici-stream', 2)],
  },
  {
    name: 'download-100m',
    title: '100 MiB download into memory, one connection',
    work: 'get',
    server: 'http',
    path: '/100m',
    ms: 2500,
    connections: 1,
    clients: ['floor', 'rockpool-core', 'undici-request', 'undici-fetch', 'node-http', 'got', 'axios'],
    targets: [rate('rockpool-core', 'undici-request', 2)],
  },
  {
    name: 'stream-100m',
    title: '100 MiB download streamed, one connection',
    work: 'stream',
    server: 'http',
    path: '/100m',
    ms: 2500,
    connections: 1,
    clients: ['floor', 'rockpool-core', 'undici-request', 'undici-stream', 'node-http'],
    targets: [rate('rockpool-core', 'undici-stream', 2)],
  },
  {
    name: 'upload-1m',
    inCheck: true,
    title: '1 MiB upload from a buffer, 4 connections',
    work: 'upload',
    server: 'sink',
    path: '/upload',
    uploadBytes: MIB,
    ms: 1500,
    connections: 4,
    clients: ['floor', 'rockpool-core', 'undici-request', 'undici-dispatch', 'node-http'],
    targets: [rate('rockpool-core', 'undici-request', 1.3, 0.3)],
  },
  {
    name: 'upload-100m',
    title: '100 MiB upload from a file, one connection',
    work: 'upload-file',
    server: 'sink',
    path: '/upload',
    uploadBytes: 100 * MIB,
    ms: 2500,
    connections: 1,
    clients: ['floor', 'rockpool-core', 'undici-request', 'node-http'],
    targets: [rate('rockpool-core', 'undici-request', 1.3)],
  },
  {
    ...small,
    name: 'proxy-forward',
    title: '12-byte answer through a forward proxy, 16 connections',
    proxy: 'forward',
    connections: 16,
    clients: ['floor', 'rockpool-proxy', 'undici-proxy'],
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
    targets: [rate('rockpool-proxy', 'undici-proxy', 2)],
  },
  {
    ...small,
    name: 'grow-connections',
    title: '12-byte answer over more and more connections',
    series: { of: 'connections', sizes: [1, 4, 16, 64, 256, 1000] },
    clients: ['floor', 'rockpool-core', 'undici-request'],
    targets: [
      { client: 'rockpool-core', measure: 'cpu', atMost: 1.3 },
      { client: 'rockpool-core', measure: 'heapEach', beyond: 'floor', atMost: 12 },
    ],
  },
  {
    ...small,
    name: 'grow-origins',
    title: '12-byte answer from more and more origins in turn',
    series: { of: 'origins', sizes: [1, 10, 100, 1000] },
    clients: ['rockpool-origins'],
    targets: [{ client: 'rockpool-origins', measure: 'cpu', atMost: 1.3 }],
  },
  {
    ...small,
    name: 'grow-plugins',
    title: '12-byte answer with more and more plugins that do nothing',
    series: { of: 'plugins', sizes: [0, 1, 5, 20] },
    connections: 16,
    clients: ['rockpool-taps'],
    targets: [{ client: 'rockpool-taps', measure: 'cpuEach', atMost: 0.3 }],
  },
  {
    name: 'start',
    title: 'CPU time of an import',
    imports: {
      'zod + tapable': ['zod', 'tapable'],
      '@rockpool/core': ['@rockpool/core'],
      rockpool: ['rockpool'],
      undici: ['undici'],
      got: ['got'],
      axios: ['axios'],
    },
    targets: [{ client: '@rockpool/core', against: 'zod + tapable', measure: 'ms', atMost: 2 }],
  },
]
