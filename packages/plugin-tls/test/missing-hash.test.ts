// A Node without MD5, as one in FIPS mode is: its createHash fails as it does there. No module of OpenSSL's for that is at hand.
import { OptionsError } from '@rockpool/core'
import { expect, it, vi } from 'vitest'
import { tls } from '../src/index.js'

vi.mock('node:crypto', async (original) => {
  const crypto = await original<typeof import('node:crypto')>()
  return {
    ...crypto,
    createHash: (name: string) => {
      if (name !== 'md5') return crypto.createHash(name)
      const code = 'ERR_OSSL_EVP_UNSUPPORTED'
      throw Object.assign(new Error('error:0308010C:digital envelope routines::unsupported'), { code })
    },
  }
})

it('a fingerprint of a hash that this Node lacks is refused where the plugin is made', () => {
  let refusal: unknown
  try {
    tls({ assertFingerprint: '0'.repeat(32) })
  } catch (error) {
    refusal = error
  }
  expect(refusal).toBeInstanceOf(OptionsError)
  expect(refusal).toMatchObject({ path: 'assertFingerprint', phase: 'options' })
  expect(String(refusal)).toContain('md5')
  expect(tls({ assertFingerprint: '0'.repeat(64) }).name).toBe('tls')
})
