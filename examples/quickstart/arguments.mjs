// What was asked for on the command line. Pure: takes the words, gives a value or throws a `UsageError`.

/** Something on the command line makes no sense; its message is the one line that the user sees. */
export class UsageError extends Error {}

export const HELP = `Usage: npm start [-- [options] [url …]]

Without a URL: a short tour. It starts an HTTP server on this machine and sends real requests to it over pooled
connections. With URLs: a GET request to each, one after the other.

Options
  --json     print one JSON document on stdout and nothing else (npm start --silent -- --json)
  --help     this text

Exit code 0 when every request was answered, whatever its status; 1 otherwise, with one line on stderr for each
that was not. Colours appear on a terminal only, and not when NO_COLOR is set.

Examples
  npm start
  npm start -- http://example.com/ http://example.com/about
  npm start --silent -- --json | jq .pool`

/** @returns {{ help: boolean, json: boolean, urls: string[] }} */
export function parseArguments(words) {
  const asked = { help: false, json: false, urls: [] }
  for (const word of words) {
    if (word === '--help' || word === '-h') asked.help = true
    else if (word === '--json') asked.json = true
    else if (word.startsWith('-')) throw new UsageError(`unknown option ${word}; --help lists what there is`)
    else asked.urls.push(word)
  }
  return asked
}
