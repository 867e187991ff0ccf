// The rows whose point is how a cost grows: the same work with more and more of something, see harness/series.mjs.
//
// `series.of`     what grows; `at(size)` is what the clients' setup has then, besides `{ [of]: size }`
// `series.sizes`  all that bench:scale measures; `series.few` what a full `npm run bench` looks at
// `targets`       'growth': dearest against the cheapest smaller size, up to `upTo`, with `less` another client's cost taken off
//                 'perUnit', 'heapPerUnit' (KiB): from the smallest to the largest, `less` another client's own
//                 'rssGrowth' (MiB): peak memory at the largest, less that at `from`
const small = { work: 'get', server: 'http', path: '/small', ms: 400, connections: 16 }
const KIB = 1024
const MIB = 1024 * KIB

export const bodySizes = [0, KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB, 16 * MIB, 100 * MIB, 1024 * MIB]

/** Lines as a traced call has them: names of some length, values of some more. */
const requestHeaders = (count) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i) => [
      `X-Request-Field-${i}`,
      `value ${i} of a request with ${count} lines`,
    ]),
  )

export const growthRows = [
  {
    ...small,
    name: 'grow-connections',
    title: '12-byte answer over more and more connections',
    ms: 1000,
    series: {
      of: 'connections',
      sizes: [1, 4, 16, 64, 256, 1000, 4000, 10_000],
      few: [1, 16, 128, 1000, 10_000],
      open: (size) => size,
    },
    clients: ['floor', 'rockpool-core', 'undici-request'],
    targets: [
      { client: 'rockpool-core', measure: 'growth', upTo: 1000, atMost: 1.3 },
      { client: 'rockpool-core', measure: 'heapPerUnit', less: 'floor', atMost: 12 },
    ],
  },
  {
    ...small,
    name: 'grow-origins',
    title: '12-byte answer from more and more origins in turn, by one manager',
    connections: 1,
    series: {
      of: 'origins',
      sizes: [1, 10, 100, 1000, 10_000],
      few: [1, 100, 1000, 10_000],
      open: (size) => size,
    },
    clients: ['floor-turns', 'rockpool-origins'],
    targets: [{ client: 'rockpool-origins', measure: 'growth', less: 'floor-turns', atMost: 1.3 }],
  },
  {
    ...small,
    name: 'grow-plugins',
    title: '12-byte answer with more and more plugins that do nothing',
    series: { of: 'plugins', sizes: [0, 1, 2, 5, 10, 20], few: [0, 5, 20] },
    clients: ['rockpool-taps'],
    targets: [{ client: 'rockpool-taps', measure: 'perUnit', atMost: 0.3 }],
  },
  {
    ...small,
    name: 'grow-body',
    title: 'streamed answers of more and more bytes',
    work: 'stream',
    connections: 1,
    ms: 700,
    series: {
      of: 'bytes',
      sizes: bodySizes,
      few: [KIB, 64 * KIB, MIB, 100 * MIB, 1024 * MIB],
      at: (size) => ({ path: `/bytes-${size}` }),
    },
    clients: ['floor', 'rockpool-core', 'undici-stream'],
    targets: [{ client: 'rockpool-core', measure: 'rssGrowth', from: MIB, atMost: 48 }],
  },
  {
    ...small,
    name: 'grow-fields',
    title: '12-byte answer with more and more header lines',
    server: 'sink',
    series: {
      of: 'header lines',
      sizes: [1, 5, 10, 25, 50, 100],
      few: [1, 25, 100],
      at: (size) => ({ path: `/fields-${size}` }),
    },
    clients: ['floor', 'rockpool-core', 'undici-request'],
    targets: [],
  },
  {
    ...small,
    name: 'grow-request-fields',
    title: 'request with more and more header lines',
    series: {
      of: 'request lines',
      sizes: [1, 5, 10, 25, 50, 100],
      few: [1, 25, 100],
      at: (size) => ({ requestHeaders: requestHeaders(size) }),
    },
    clients: ['floor', 'rockpool-core', 'undici-request'],
    targets: [],
  },
]
