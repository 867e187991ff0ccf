/** The README of a new plugin. */
import type { PluginNames } from '../plugin-names.js'
import type { Files } from './manifest.js'

/** See the file's head. */
export function readme({ package: name, variable, header }: PluginNames): Files {
  return {
    'README.md': `# ${name}

A plugin for [Rockpool](https://www.npmjs.com/package/rockpool) connection pools: it sends \`X-${header}\` with every request.

\`\`\`sh
npm install ${name}
\`\`\`

\`\`\`ts
import { connectionFromUrl } from 'rockpool'
import { ${variable} } from '${name}'

await using pool = connectionFromUrl('http://localhost:8080', { plugins: [${variable}({ value: 'high' })] })
await pool.request('GET', '/')
await pool.request('GET', '/', { ${variable}: false }) // without
\`\`\`

| option | default | meaning |
|---|---|---|
| \`value\` | – | the value of the field |

| request option | default | meaning |
|---|---|---|
| \`${variable}\` | \`true\` | whether the field is sent |

It taps \`onRequest\` at stage \`amend\`, sends nothing else anywhere, and holds nothing in memory.

## Development

\`npm test\` builds and runs the plugin's own tests and the conformance suite of \`@rockpool/testkit\`. How to go on is told in Rockpool's
guide to writing plugins. Publish from CI: \`npm publish --provenance --access public\`.
`,
  }
}
