// Type tests: each *.test-d.ts proves that a wrong use does not compile. Errors in sources are `npm run types`' job.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: [],
    typecheck: {
      enabled: true,
      only: true,
      include: ['packages/*/{src,test}/**/*.test-d.ts'],
      tsconfig: 'tsconfig.check.json',
      ignoreSourceErrors: true,
    },
  },
})
