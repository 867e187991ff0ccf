// The errors that tell of a mistake in the call or in the set-up, not of something that happened on the way.
//
// Rule: they are thrown before anything is sent, at the line that made the mistake, and never retried. The text they quote
// came from the caller and may hold a password, so a location is redacted more bluntly than a well-formed url is.
//
// Neighbours: errors.ts is the page that names them all. Must not know: which option or url rules exist.

import { type ErrorDetails, HTTPError, identify } from './http-error.js'
import { redactUnparsed, redactUrl } from './redact.js'

/** A url lacks something it needs, such as a host. */
export class LocationValueError extends HTTPError {
  static {
    identify(LocationValueError, 'LocationValueError', 'ERR_LOCATION_VALUE')
  }
}

/** A url, host or port breaks its grammar (RFC 3986). */
export class LocationParseError extends LocationValueError {
  static {
    identify(LocationParseError, 'LocationParseError', 'ERR_LOCATION_PARSE')
  }
  /** The offending text without anything that may be a password. */
  readonly location: string
  constructor(message: string, details: ErrorDetails & { readonly location: string }) {
    super(message, details)
    this.location = redactUnparsed(details.location)
  }
}

/** No pool knows how to speak this url's scheme. */
export class URLSchemeUnknown extends LocationValueError {
  static {
    identify(URLSchemeUnknown, 'URLSchemeUnknown', 'ERR_URL_SCHEME_UNKNOWN')
  }
  /** The scheme, without the colon. */
  readonly scheme: string
  constructor(message: string, details: ErrorDetails & { readonly scheme: string }) {
    super(message, details)
    this.scheme = redactUrl(details.scheme)
  }
}

/** The proxy's url has a scheme that no proxy speaks. */
export class ProxySchemeUnknown extends LocationValueError {
  static {
    identify(ProxySchemeUnknown, 'ProxySchemeUnknown', 'ERR_PROXY_SCHEME_UNKNOWN')
  }
  /** The scheme, without the colon. */
  readonly scheme: string
  constructor(message: string, details: ErrorDetails & { readonly scheme: string }) {
    super(message, details)
    this.scheme = redactUrl(details.scheme)
  }
}

/** One thing that is wrong with the options: where, and what. */
export interface OptionIssue {
  /** Dotted, like `timeout.connect`. */
  readonly path: string
  /** What is wrong, as a sentence. */
  readonly message: string
}

/**
 * An option, or a part of the request (method, headers, body), is not acceptable.
 *
 * @example
 * error.path   // 'timeout.connect'
 * error.issues // [{ path: 'timeout.connect', message: '…' }]
 */
export class OptionsError extends HTTPError {
  static {
    identify(OptionsError, 'OptionsError', 'ERR_OPTIONS')
  }
  /** The first offending option, dotted, like `timeout.connect` or `headers.x-token`. */
  readonly path: string
  /** All that is wrong; at least one. */
  readonly issues: readonly OptionIssue[]
  constructor(
    message: string,
    details: ErrorDetails & { readonly path: string; readonly issues?: readonly OptionIssue[] | undefined },
  ) {
    super(message, details.phase === undefined ? { ...details, phase: 'options' } : details)
    this.path = details.path
    this.issues = details.issues ?? [{ path: details.path, message: this.message }]
  }
}

/** A plugin threw, or did what its hook does not allow. */
export class PluginError extends HTTPError {
  static {
    identify(PluginError, 'PluginError', 'ERR_PLUGIN')
  }
  /** The plugin's name. */
  readonly plugin: string
  /** The hook it was called from; undefined while it was being installed. */
  readonly hook: string | undefined
  constructor(
    message: string,
    details: ErrorDetails & { readonly plugin: string; readonly hook?: string | undefined },
  ) {
    super(message, details)
    this.plugin = details.plugin
    this.hook = details.hook
  }
}

/** Plaintext where TLS was promised: nothing was sent. Install a plugin that secures the transport. */
export class InsecureTransportError extends HTTPError {
  static {
    identify(InsecureTransportError, 'InsecureTransportError', 'ERR_INSECURE_TRANSPORT')
  }
}
