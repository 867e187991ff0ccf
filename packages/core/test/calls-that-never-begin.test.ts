import { describe, expect, it } from 'vitest'
import { type HTTPError, PoolManager } from '../src/index.js'

const refusalOf = async (method: string, url: string): Promise<HTTPError> => {
  await using manager = new PoolManager()
  return manager.request(method, url).catch((error: unknown) => error) as Promise<HTTPError>
}

describe('the error of a call that never began', () => {
  it.each([
    ['ERR_URL_SCHEME_UNKNOWN', 'GET', 'ftp://files.test/'],
    ['ERR_LOCATION_PARSE', 'GET', 'http://h:99999/'],
    ['ERR_OPTIONS', 'GE T', 'http://h/'],
  ])('%s says the phase and the method', async (code, method, url) => {
    expect(await refusalOf(method, url)).toMatchObject({
      code,
      phase: 'options',
      sent: 'nothing',
      method,
    })
  })

  it('does not repeat user information', async () => {
    const error = await refusalOf('GET', 'ftp://user:s3cr3t@x#?/@files.test/')
    expect(error.phase).toBe('options')
    expect(`${error.message} ${JSON.stringify(error)}`).not.toContain('s3cr3t')
  })
})
