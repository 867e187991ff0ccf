// The conformance suite itself: a plugin that keeps the rules passes every check, and each planted fault is found by the
// check that is there for it.
import { definePlugin, stages } from '@rockpool/core/plugin'
import { describe, it } from 'vitest'
import { describePlugin } from '../src/index.js'

const userAgent = definePlugin({
  name: 'user-agent',
  apply(host) {
    host.hooks.onRequest.tap({ name: 'amend', stage: stages.onRequest.amend }, (context) => {
      context.request.headers.set('User-Agent', 'conforming')
    })
  },
})

describePlugin(userAgent, { describe, it })
