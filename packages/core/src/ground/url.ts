// Stub being filled in.
import type { Origin } from './origin.js'
/** The parts of an absolute url. */
export interface ParsedUrl { readonly origin: Origin; readonly target: string; readonly credentials: { readonly username: string; readonly password: string } | undefined; readonly url: string; readonly fragment: string | undefined; readonly explicitPort: boolean }
export function parseUrl(_input: string): ParsedUrl { throw new Error('not yet') }
export function encodeTarget(path: string): string { return path }
export { redactUrl } from './redact.js'
