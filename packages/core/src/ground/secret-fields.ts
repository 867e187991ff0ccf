// The fields whose values are secrets, and are therefore not printed.
//
// Rule: `console.log(headers)` is how credentials end up in log files. Whoever wants the value asks for it by name.
//
// Neighbours: headers.ts prints. Must not know: which fields may follow a redirect (the redirect plugin does).

const SECRET: readonly string[] = ['authorization', 'proxy-authorization', 'cookie', 'set-cookie']

/** The lines as `[name, value]`, with credentials and cookies blanked. */
export function withSecretsHidden(
  lines: Iterable<readonly [name: string, value: string]>,
): [name: string, value: string][] {
  return [...lines].map(([name, value]) => [name, SECRET.includes(name.toLowerCase()) ? '(hidden)' : value])
}
