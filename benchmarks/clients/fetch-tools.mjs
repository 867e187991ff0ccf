// What the clients on `fetch` share: the call of each kind of row.

async function countBytes(body) {
  let bytes = 0
  for await (const chunk of body) bytes += chunk.length
  return bytes
}

/** What one lane does, given something with the signature of `fetch`. */
export function callOf(fetch, url, setup, options = {}) {
  if (setup.work === 'stream') return async () => countBytes((await fetch(url, options)).body)
  if (setup.uploadBytes === undefined) return async () => (await fetch(url, options)).arrayBuffer()
  const body = Buffer.alloc(setup.uploadBytes, 'rockpool')
  return async () => (await fetch(url, { ...options, method: 'POST', body })).arrayBuffer()
}
