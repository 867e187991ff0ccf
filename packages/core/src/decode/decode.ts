// The face of this room: content codings over node:zlib, bounded and chained. RFC 9110 §8.4
//
// content-codings.ts reads the header, decode-whole.ts and stream-decoder.ts decode. Underneath: coding-link.ts is one
// coding of a stream, engines.ts opens node:zlib, zstd-frames.ts finds the ends of zstd frames, failures.ts names what
// went wrong. Nothing here knows responses or connections.
export { ACCEPT_ENCODING, type Coding, contentCodings } from './content-codings.js'
export { decodeWhole } from './decode-whole.js'
export { type DecodeLimits, StreamDecoder } from './stream-decoder.js'
