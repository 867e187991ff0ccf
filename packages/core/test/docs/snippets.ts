/**
 * The code in the documentation, as data.
 *
 * Rule: a fenced block of `ts` or `js` is code that works. It is type-checked and run, unless the words behind the
 * language say otherwise: `check` only type-checks it (what it talks to is not here), `continued` puts the previous
 * block of the document before it. A comment `// → text` behind a `console.log` promises what is printed there; `…` in
 * it stands for anything.
 *
 * `http://localhost:8080` and `'localhost', 8080` mean the embedded origin of examples/quickstart.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of the repository. */
export const root: string = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', '..')

/** One fenced block. */
export interface Snippet {
  /** `README.md:12`: where the block begins. */
  readonly place: string
  readonly code: string
  readonly runs: boolean
  /** What the `// →` comments promise, in order. */
  readonly output: readonly string[]
}

/** One Markdown file. */
export interface Document {
  /** Relative to the root, with `/`. */
  readonly path: string
  readonly text: string
}

/** Every document that is written by hand: the README, `docs/*.md` and the READMEs of packages and examples. */
export function documents(): Document[] {
  const packages = readdirSync(join(root, 'packages')).map((name) => join('packages', name, 'README.md'))
  const guides = readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name))
  const examples = ['.', ...readdirSync(join(root, 'examples'))]
    .map((name) => join('examples', name, 'README.md'))
    .filter((path) => existsSync(join(root, path)))
  return ['README.md', ...guides, ...packages, ...examples].map(readDocument)
}

/** Every record in `docs/decisions`. */
export function decisions(): Document[] {
  return readdirSync(join(root, 'docs', 'decisions')).map((name) =>
    readDocument(join('docs', 'decisions', name)),
  )
}

function readDocument(path: string): Document {
  return {
    path: relative(root, join(root, path)).replaceAll('\\', '/'),
    text: readFileSync(join(root, path), 'utf8'),
  }
}

/** The blocks of a document that are code to be checked. */
export function snippetsOf({ path, text }: Document): Snippet[] {
  const snippets: Snippet[] = []
  let previous = ''
  for (const match of text.matchAll(/^```(ts|js)\b([^\n]*)\n(.*?)^```$/gms)) {
    const words = (match[2] ?? '').trim().split(/\s+/)
    const own = match[3] ?? ''
    const code = words.includes('continued') ? `${previous}${own}` : own
    previous = code
    const line = text.slice(0, match.index).split('\n').length
    snippets.push({
      place: `${path}:${line}`,
      code,
      runs: !words.includes('check'),
      output: [...code.matchAll(/console\.log\(.*\/\/ → (.*)$/gm)].map(([, promised]) =>
        (promised ?? '').trim(),
      ),
    })
  }
  return snippets
}

/** The code with the addresses of the embedded origin in it. */
export function aimed(code: string, port: number): string {
  return code
    .replaceAll('http://localhost:8080', `http://127.0.0.1:${port}`)
    .replaceAll("'localhost', 8080", `'127.0.0.1', ${port}`)
}

/** Whether a printed line is what was promised. */
export function keepsPromise(printed: string | undefined, promised: string): boolean {
  const parts = promised.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`, 's').test(printed ?? '')
}
