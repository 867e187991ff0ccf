// `node examples/quickstart/serve.mjs [port]`: the embedded origin alone, at port 8080 unless another is given, until it is
// interrupted. The snippets in the documentation ask http://localhost:8080, so with this running they work as they are pasted.
import { startOrigin } from './origin.mjs'

const [word = '8080'] = process.argv.slice(2)
const port = Number(word)
if (/^\d{1,5}$/.test(word) && port <= 65_535) {
  try {
    const origin = await startOrigin(port)
    process.stdout.write(`http://localhost:${origin.port} answers; Ctrl-C ends it\n`)
  } catch (error) {
    complain(`cannot serve at port ${port}: ${error.message}`)
  }
} else {
  complain(`no port: ${JSON.stringify(word)}; a number from 0 to 65535`)
}

function complain(text) {
  process.stderr.write(`serve: ${text}\n`)
  process.exitCode = 1
}
