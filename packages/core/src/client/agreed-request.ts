/**
 * What is to be sent, and by which way, as the taps of onRequest have left it.
 */

import type { Origin } from '../ground/origin.js'
import type { HTTPRequest } from '../ground/request.js'

/** See the file's head. */
export class AgreedRequest {
  request: HTTPRequest
  form: 'origin' | 'absolute' = 'origin'
  /** The forward proxy whose connection carries the request. */
  via: Origin | undefined = undefined
  /** The plugins' part of the pool's key. */
  partition = ''

  constructor(request: HTTPRequest) {
    this.request = request
  }

  /** Takes over what was agreed for another pass, or in a hook. */
  agreeTo({ request, form, via, partition }: AgreedRequest): void {
    this.request = request
    this.form = form
    this.via = via
    this.partition = partition
  }
}
