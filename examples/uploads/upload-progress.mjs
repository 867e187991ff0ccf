// A plugin that tells how much of a body has been sent: one request option, one tap.
//
// It wraps whatever body the request has, forms included, without reading ahead: a piece is counted when the connection
// asks for it, so the figure follows the network and not the disk. A retry sends the body from its beginning, and so the
// count begins again.
import { definePlugin, stages, wrapBody } from '@rockpool/core/plugin'
import { z } from 'zod'

/** Bytes told at once: what is in memory comes in one piece, and would be told in one step. */
const STEP = 65_536

export const uploadProgress = definePlugin({
  name: 'upload-progress',
  requestOptions: { onUploadProgress: z.custom((value) => typeof value === 'function').optional() },
  apply(host) {
    // Late, so that what is counted is what other plugins made of the body.
    host.hooks.onRequest.tap({ name: 'upload-progress', stage: stages.onRequest.sign }, (context) => {
      const { onUploadProgress } = context.options
      const { body } = context.request
      if (onUploadProgress === undefined) return
      const tell = (sent) => onUploadProgress(sent, body.length)
      context.request = context.request.with({ body: wrapBody(body, (chunks) => counted(chunks, tell)) })
    })
  },
})

async function* counted(chunks, tell) {
  let sent = 0
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += STEP) {
      const piece = chunk.subarray(at, at + STEP)
      yield piece
      sent += piece.length
      tell(sent)
    }
  }
}
