// Every way to send a body: `npm run build` first, then `node examples/uploads/main.mjs`.
//
// One rule runs through all of it: a body says whether it can be sent again. Bytes, files, forms and functions can, so
// a retry or a 307 sends them whole. A stream that can be read once cannot, and the call fails instead of sending half.
import { createReadStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectionFromUrl, fileBody, UnrewindableBodyError } from 'rockpool'
import { startOrigin } from './origin.mjs'
import { uploadProgress } from './upload-progress.mjs'

const origin = await startOrigin()
const folder = await mkdtemp(join(tmpdir(), 'rockpool-uploads-'))
const path = join(folder, 'photo.jpg')
await writeFile(path, Buffer.alloc(300_000, 'shell '))
const pool = connectionFromUrl(origin.url, { plugins: [uploadProgress()] })

try {
  await bytesFilesAndStreams()
  await form()
  await askFirst()
  await sendAgain()
} finally {
  await pool.close()
  origin.close()
  await rm(folder, { recursive: true })
}

async function bytesFilesAndStreams() {
  const headers = { 'Content-Type': 'image/jpeg' }
  tell('bytes', await pool.request('PUT', '/photo', { body: Buffer.alloc(1_000), headers }))
  // Read while it is sent, with its length: the one to take for files.
  tell('file', await pool.request('PUT', '/photo', { body: fileBody(path, { contentType: 'image/jpeg' }) }))
  tell(
    'part of a file',
    await pool.request('PUT', '/photo', { body: fileBody(path, { start: 200_000 }), headers }),
  )
  // The length is known only at its end: chunked, unless the head says otherwise.
  tell('stream', await pool.request('PUT', '/photo', { body: createReadStream(path), headers }))
  const sized = { ...headers, 'Content-Length': 300_000 }
  tell(
    'stream with a length',
    await pool.request('PUT', '/photo', { body: createReadStream(path), headers: sized }),
  )
  tell('JSON', await pool.request('POST', '/photos', { json: { title: 'Limpet', tags: ['rock', 'pool'] } }))
}

async function form() {
  const data = new FormData()
  data.set('title', 'Limpet')
  data.set('photo', new Blob([Buffer.alloc(1_000_000)], { type: 'image/jpeg' }), 'limpet.jpg')
  const quarters = new Set()
  const onUploadProgress = (sent, total) => quarters.add(Math.floor((4 * sent) / total) * 25)
  const answer = await pool.request('POST', '/photos', { body: data, onUploadProgress })
  tell('form', answer)
  console.log(`  progress: ${[...quarters].filter((percent) => percent > 0).join(' %, ')} %`)
}

// A large body is worth a question: with `expectContinue` the head goes first, and the body only after a 100. A server
// that refuses has not been sent a byte of it; one that says nothing gets the body after a second.
async function askFirst() {
  const heads = []
  const options = {
    body: fileBody(path),
    expectContinue: true,
    onInformational: ({ status }) => heads.push(status),
  }
  tell('asked first, admitted', await pool.request('PUT', '/photo', options))
  let sent = 0
  const onUploadProgress = (bytes) => {
    sent = bytes
  }
  tell('asked first, refused', await pool.request('PUT', '/small', { ...options, onUploadProgress }))
  console.log(`  1xx heads: ${heads.join(' ')}; bytes sent in vain: ${sent}`)
}

async function sendAgain() {
  const retries = { statusForcelist: [503] }
  // A function makes the stream anew for each attempt.
  const body = () => createReadStream(path)
  const answer = await pool.request('PUT', '/busy', { body, retries })
  tell('sent again', answer)
  console.log(`  before that: ${answer.history.map(({ status }) => status)}`)
  try {
    await pool.request('PUT', '/busy-too', { body: createReadStream(path), retries })
  } catch (error) {
    if (!(error instanceof UnrewindableBodyError)) throw error
    console.log(`a stream that can be read once: ${error.code}`)
  }
}

function tell(title, { status, data }) {
  console.log(`${title}: ${status}, ${data}`)
}
