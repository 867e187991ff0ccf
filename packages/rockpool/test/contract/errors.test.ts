/** Every error class: what it extends, the code that programs compare, and what it carries. */
import * as core from '@rockpool/core'
import { describe, expect, it } from 'vitest'

const FAMILY: Readonly<Record<string, readonly [parent: string, code: string]>> = {
  PoolError: ['HTTPError', 'ERR_POOL'],
  EmptyPoolError: ['PoolError', 'ERR_EMPTY_POOL'],
  QueueFullError: ['PoolError', 'ERR_QUEUE_FULL'],
  ClosedPoolError: ['PoolError', 'ERR_CLOSED_POOL'],
  FullPoolError: ['PoolError', 'ERR_FULL_POOL'],
  RequestError: ['HTTPError', 'ERR_REQUEST'],
  MaxRetryError: ['RequestError', 'ERR_MAX_RETRY'],
  HostChangedError: ['RequestError', 'ERR_HOST_CHANGED'],
  TimeoutError: ['HTTPError', 'ERR_TIMEOUT'],
  ConnectTimeoutError: ['TimeoutError', 'ERR_CONNECT_TIMEOUT'],
  ReadTimeoutError: ['TimeoutError', 'ERR_READ_TIMEOUT'],
  DeadlineError: ['TimeoutError', 'ERR_DEADLINE'],
  NewConnectionError: ['HTTPError', 'ERR_NEW_CONNECTION'],
  NameResolutionError: ['NewConnectionError', 'ERR_NAME_RESOLUTION'],
  SSLError: ['HTTPError', 'ERR_SSL'],
  CertificateError: ['SSLError', 'ERR_CERTIFICATE'],
  PinError: ['SSLError', 'ERR_PIN'],
  ProxyError: ['HTTPError', 'ERR_PROXY'],
  ProtocolError: ['HTTPError', 'ERR_PROTOCOL'],
  IncompleteRead: ['ProtocolError', 'ERR_INCOMPLETE_READ'],
  InvalidChunkLength: ['ProtocolError', 'ERR_INVALID_CHUNK_LENGTH'],
  InvalidHeader: ['ProtocolError', 'ERR_INVALID_HEADER'],
  BodyTooLarge: ['ProtocolError', 'ERR_BODY_TOO_LARGE'],
  DecodeError: ['HTTPError', 'ERR_DECODE'],
  ResponseError: ['HTTPError', 'ERR_RESPONSE'],
  UnrewindableBodyError: ['HTTPError', 'ERR_UNREWINDABLE_BODY'],
  LocationValueError: ['HTTPError', 'ERR_LOCATION_VALUE'],
  LocationParseError: ['LocationValueError', 'ERR_LOCATION_PARSE'],
  URLSchemeUnknown: ['LocationValueError', 'ERR_URL_SCHEME_UNKNOWN'],
  ProxySchemeUnknown: ['LocationValueError', 'ERR_PROXY_SCHEME_UNKNOWN'],
  OptionsError: ['HTTPError', 'ERR_OPTIONS'],
  PluginError: ['HTTPError', 'ERR_PLUGIN'],
  InsecureTransportError: ['HTTPError', 'ERR_INSECURE_TRANSPORT'],
}

type ErrorClass = new (message: string, details: Record<string, unknown>) => core.HTTPError
const all: Readonly<Record<string, unknown>> = core

describe.each(Object.entries(FAMILY))('%s', (name, [parent, code]) => {
  it(`is a ${parent} with the code ${code}`, () => {
    const Class = all[name] as ErrorClass
    const history = [{ method: 'GET', url: 'http://a/', delayMs: 0, reason: 'retry', status: 503 }]
    const details = {
      phase: 'wait',
      sent: 'all',
      reusedConnection: true,
      method: 'GET',
      url: 'http://a/',
      attempt: 2,
    }
    const cause = new Error('why')
    const extras = {
      path: 'x',
      plugin: 'p',
      hook: 'onRequest',
      scheme: 's',
      location: 'l',
      chunk: 'c',
      received: 0,
    }
    const error = new Class('what', { ...details, ...extras, reason: cause, cause, history })
    expect(Object.getPrototypeOf(Class)).toBe(all[parent])
    expect(error).toBeInstanceOf(core.HTTPError)
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ name, code, message: 'what', ...details, history })
    expect(error.cause).toBe(cause)
  })
})

describe('the table of errors', () => {
  it('has every error that core exports', () => {
    const exported = Object.entries(all).filter(
      ([, value]) => typeof value === 'function' && value.prototype instanceof core.HTTPError,
    )
    expect(exported.map(([name]) => name).sort()).toEqual(Object.keys(FAMILY).sort())
  })
})
