// What a caller may write, proven by the compiler.
import type { Connector } from '@rockpool/core/plugin'
import { expectTypeOf, it } from 'vitest'
import { type TlsConnector, type TlsOptions, tls, tlsConnector } from './index.js'

it('the options are typed, and a typing error does not compile', () => {
  tls()
  tls({})
  tls({ caCerts: ['a.pem'], pins: { 'a.test': 'sha256/…', reportOnly: true }, assertHostname: false })
  tls({ certReqs: undefined })
  // @ts-expect-error no such option
  tls({ caCert: 'a.pem' })
  // @ts-expect-error null turns nothing off
  tls({ certReqs: null })
  // @ts-expect-error only false does
  tls({ assertHostname: true })
  // @ts-expect-error a version by Node's name
  tls({ sslVersion: 'TLS1.2' })
  // @ts-expect-error a pin is text
  tls({ pins: 5 })
})

it('the connector takes the options of the plugin', () => {
  expectTypeOf(tlsConnector).parameter(0).toEqualTypeOf<TlsOptions | undefined>()
  expectTypeOf(tlsConnector()).toEqualTypeOf<TlsConnector>()
  expectTypeOf<ReturnType<TlsConnector['secure']>>().toEqualTypeOf<Connector>()
})
