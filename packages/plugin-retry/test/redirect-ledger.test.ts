import { HostChangedError, InsecureTransportError, NewConnectionError, stages } from '@rockpool/core/plugin'
import { describe, expect, it } from 'vitest'
import {
  call,
  failingCall,
  type Step,
  scripted,
  scriptedManager,
  scriptedPool,
} from './support/scripted-origin.js'

const to = (location: string, status = 302): Step => [status, { Location: location }]
const at = 'http://origin.test/start'

describe('one ledger for both plugins', () => {
  const refused = (): NewConnectionError =>
    new NewConnectionError('refused', { phase: 'connect', sent: 'nothing' })

  it('counts retries and redirects against total', async () => {
    const steps = [refused(), to('/b'), 503, to('/c'), 200]
    const retries = { statusForcelist: [503] }
    const enough = scripted(steps)
    const response = await call(scriptedPool(enough), enough, 'GET', at, {
      retries: { ...retries, total: 4 },
    })
    expect(response.history.map(({ reason }) => reason)).toEqual(['retry', 'redirect', 'retry', 'redirect'])
    const short = scripted(steps)
    const error = await failingCall(scriptedPool(short), short, 'GET', at, {
      retries: { ...retries, total: 3 },
    })
    expect(error.message).toContain('too many redirects')
    expect(short.sent).toHaveLength(4)
  })

  it('counts redirects against redirect as well, over retries in between', async () => {
    const script = scripted([to('/b'), refused(), to('/c'), refused(), to('/d'), 200])
    const error = await failingCall(scriptedPool(script), script, 'GET', at, { retries: 10, redirect: 2 })
    expect(error.message).toContain('too many redirects')
    expect(script.sent).toHaveLength(5)
  })

  it('has the limit of redirect() for the redirects of a call that began with a retry', async () => {
    for (const setup of [{ redirect: { max: 1 } }, {}]) {
      const script = scripted([refused(), to('/b'), to('/c'), 200])
      const options = setup.redirect === undefined ? { redirect: 1 } : {}
      const error = await failingCall(scriptedPool(script, setup), script, 'GET', at, {
        retries: 10,
        ...options,
      })
      expect(error.message).toContain('too many redirects')
      expect(script.sent).toHaveLength(3)
    }
  })

  it('leaves a redirect to the plugin that follows it, even when its status is listed', async () => {
    const script = scripted([to('/b'), 200])
    const retries = { statusForcelist: [302] }
    expect((await call(scriptedPool(script), script, 'GET', at, { retries })).url).toBe(
      'http://origin.test/b',
    )
    const listed = scripted([to('/b'), 200])
    const response = await call(scriptedPool(listed), listed, 'GET', at, { retries, redirect: false })
    expect(response.url).toBe(at)
    expect(response.history[0]).toMatchObject({ status: 302, reason: 'retry' })
  })

  it('retry() alone follows nothing', async () => {
    const script = scripted([to('/b'), 200])
    expect((await call(scriptedPool(script, { redirect: 'none' }), script, 'GET', at)).status).toBe(302)
  })

  it('redirect() alone retries nothing', async () => {
    const script = scripted([to('/b'), refused(), 200])
    expect(await failingCall(scriptedPool(script, { retry: 'none' }), script, 'GET', at)).toBeInstanceOf(
      NewConnectionError,
    )
  })
})

describe('a redirect to another origin', () => {
  it('is refused by a pool that is bound to one, unless assertSameHost is false', async () => {
    for (const location of [
      'http://other.test/',
      '//other.test/',
      'http://origin.test:81/',
      'https://origin.test/',
    ]) {
      const script = scripted([to(location), 200])
      expect(await failingCall(scriptedPool(script), script, 'GET', '/')).toBeInstanceOf(HostChangedError)
      expect(script.sent).toHaveLength(1)
      const open = scripted([to(location), 200])
      const response = await call(scriptedPool(open), open, 'GET', '/', { assertSameHost: false })
      expect(response.status).toBe(200)
    }
  })

  it('is followed by a manager, unless assertSameHost is true', async () => {
    const script = scripted([to('http://other.test/'), 200])
    expect((await call(scriptedManager(script), script, 'GET', at)).url).toBe('http://other.test/')
    const bound = scripted([to('http://other.test/'), 200])
    const error = await failingCall(scriptedManager(bound), bound, 'GET', at, { assertSameHost: true })
    expect(error).toBeInstanceOf(HostChangedError)
  })

  it('is put to every guard again, under its own name', async () => {
    const script = scripted([to('http://169.254.169.254/latest'), 200])
    const manager = scriptedManager(script)
    const asked: string[] = []
    manager.hooks.onRequest.tap({ name: 'guard', stage: stages.onRequest.admit }, ({ request }) => {
      asked.push(request.origin.host)
      if (request.origin.host.startsWith('169.254.')) throw new Error('not there')
    })
    await expect(call(manager, script, 'GET', at)).rejects.toThrow('not there')
    expect(asked).toEqual(['origin.test', '169.254.169.254'])
    expect(script.sent).toHaveLength(1)
  })

  it('from https to http is refused unless it is allowed', async () => {
    const script = scripted([to('http://origin.test/'), 200])
    const error = await failingCall(scriptedManager(script), script, 'GET', 'https://origin.test/')
    expect(error).toBeInstanceOf(InsecureTransportError)
    const allowed = scripted([to('http://origin.test/'), 200])
    const face = scriptedManager(allowed, { redirect: { allowDowngrade: true } })
    expect((await call(face, allowed, 'GET', 'https://origin.test/')).status).toBe(200)
  })
})
