// Before a release: npm only accepts provenance for a package whose manifest names the repository that the workflow runs
// in, and a fork must not claim to be somebody else's. So the name comes from where it runs: GitHub Actions says so.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, stop } from './workspace.mjs'

const { GITHUB_SERVER_URL, GITHUB_REPOSITORY } = process.env
if (!GITHUB_SERVER_URL || !GITHUB_REPOSITORY)
  stop(
    'GITHUB_SERVER_URL and GITHUB_REPOSITORY are not set: packages are released by .github/workflows/release.yml',
  )
const url = `git+${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}.git`
for (const name of readdirSync(join(root, 'packages'))) {
  const path = join(root, 'packages', name, 'package.json')
  const manifest = JSON.parse(readFileSync(path, 'utf8'))
  manifest.repository = { type: 'git', url, directory: `packages/${name}` }
  writeFileSync(path, `${JSON.stringify(manifest, undefined, 2)}\n`)
}
