/**
 * The contexts of the hooks as the loop makes them: narrow, one per hook and attempt.
 *
 * What a tap may assign is checked when it is assigned, inside the tap, so that the error names the plugin that
 * did it; afterwards nobody would know. A context is read once when its hook has ended and is dead from then on:
 * a plugin that keeps it changes nothing. Contexts and requests are frozen before they are shown: who assigns to anything
 * else, which the types forbid, is told so, and neither skips a check nor changes the base of later attempts.
 */
import type { HTTPError } from '../ground/errors.js'
import { Origin } from '../ground/origin.js'
import { HTTPRequest } from '../ground/request.js'
import { HTTPResponse } from '../ground/response.js'
import type { ErrorContext, ExchangeView, RequestContext, ResponseContext } from '../hooks/contexts.js'
import type { Attempt } from './attempt.js'

class AttemptContext {
  readonly exchange: ExchangeView
  readonly options: Readonly<Record<string, unknown>>
  readonly attempt: number
  readonly signal: AbortSignal | undefined
  readonly baseRequest: HTTPRequest

  constructor(attempt: Attempt) {
    const { exchange } = attempt
    this.exchange = exchange.view
    this.options = Object.freeze(exchange.settings.options)
    this.attempt = attempt.exchange.attempt
    this.signal = exchange.settings.signal
    this.baseRequest = frozen(exchange.base)
  }
}

/** For onRequest. */
export class LiveRequestContext extends AttemptContext implements RequestContext {
  #request: HTTPRequest
  #form: 'origin' | 'absolute' = 'origin'
  #via: Origin | undefined
  #partition = ''
  readonly connectTimeout: number | undefined

  constructor(attempt: Attempt, request: HTTPRequest) {
    super(attempt)
    this.connectTimeout = attempt.connectTimeout
    this.#request = frozen(request)
    Object.freeze(this)
  }

  get request(): HTTPRequest {
    return this.#request
  }

  set request(request: HTTPRequest) {
    if (!(request instanceof HTTPRequest)) throw misfit('request', 'an HTTPRequest, made by request.with(…)')
    this.#request = frozen(request)
  }

  get form(): 'origin' | 'absolute' {
    return this.#form
  }

  set form(form: 'origin' | 'absolute') {
    if (form !== 'origin' && form !== 'absolute') throw misfit('form', '"origin" or "absolute"')
    this.#form = form
  }

  get via(): Origin | undefined {
    return this.#via
  }

  set via(via: Origin | undefined) {
    if (via !== undefined && !(via instanceof Origin)) throw misfit('via', 'an Origin or undefined')
    this.#via = via
  }

  get partition(): string {
    return this.#partition
  }

  set partition(partition: string) {
    if (typeof partition !== 'string') throw misfit('partition', 'a string')
    // Another plugin's part may be the proxy that the connection has to go through.
    if (!partition.includes(this.#partition)) throw misfit('partition', 'added to, not replaced')
    this.#partition = partition
  }
}

/** For onResponse. */
export class LiveResponseContext extends AttemptContext implements ResponseContext {
  readonly request: HTTPRequest
  #response: HTTPResponse

  constructor(attempt: Attempt, response: HTTPResponse) {
    super(attempt)
    this.request = attempt.request
    this.#response = response
    Object.freeze(this)
  }

  get response(): HTTPResponse {
    return this.#response
  }

  set response(response: HTTPResponse) {
    if (!(response instanceof HTTPResponse)) throw misfit('response', 'an HTTPResponse')
    this.#response = response
  }
}

/** For onError. */
export class LiveErrorContext extends AttemptContext implements ErrorContext {
  readonly request: HTTPRequest
  readonly error: HTTPError

  constructor(attempt: Attempt, error: HTTPError) {
    super(attempt)
    this.request = attempt.request
    this.error = error
    Object.freeze(this)
  }
}

function frozen(request: HTTPRequest): HTTPRequest {
  Object.freeze(request)
  return request
}

function misfit(field: string, what: string): TypeError {
  return new TypeError(`context.${field} can only be ${what}`)
}
