import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describePlugin } from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url))

it('the uploads example sends every kind of body, with the framing and the progress it says', async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [here('./main.mjs')], {
    timeout: 30_000,
  })
  expect(stderr).toBe('')
  expect(stdout.trimEnd().split('\n')).toEqual([
    'bytes: 200, 1000 bytes, length declared, image/jpeg',
    'file: 200, 300000 bytes, length declared, image/jpeg',
    'part of a file: 200, 100000 bytes, length declared, image/jpeg',
    'stream: 200, 300000 bytes, chunked, image/jpeg',
    'stream with a length: 200, 300000 bytes, length declared, image/jpeg',
    'JSON: 200, 41 bytes, length declared, application/json',
    'form: 200, 1000292 bytes, length declared, multipart/form-data',
    '  progress: 25 %, 50 %, 75 %, 100 %',
    'asked first, admitted: 200, 300000 bytes, length declared, no type',
    'asked first, refused: 413, no more than 1000 bytes',
    '  1xx heads: 100; bytes sent in vain: 0',
    'sent again: 200, 300000 bytes, chunked, no type',
    '  before that: 503',
    'a stream that can be read once: ERR_UNREWINDABLE_BODY',
  ])
})

const { uploadProgress } = (await import(/* @vite-ignore */ here('./upload-progress.mjs'))) as {
  uploadProgress: Parameters<typeof describePlugin>[0]
}

describePlugin(uploadProgress, {
  name: 'the plugin of the uploads example',
  describe,
  it,
  requestOptions: { onUploadProgress: () => undefined },
})
