/** package.json, tsconfig.json and .gitignore of a new plugin. */
import type { PluginNames } from '../plugin-names.js'

/** Path → content. */
export type Files = Readonly<Record<string, string>>

/** `version` is that of Rockpool's packages. */
export function manifest(names: PluginNames, version: string): Files {
  return {
    'package.json': json({
      name: names.package,
      version: '0.1.0',
      description: `A Rockpool plugin: ${names.plugin}.`,
      keywords: ['rockpool', 'rockpool-plugin', 'http'],
      license: 'MIT',
      type: 'module',
      sideEffects: false,
      engines: { node: '>=20.19' },
      files: ['dist', '!dist/**/*.test.*'],
      types: './dist/index.d.ts',
      exports: {
        '.': { types: './dist/index.d.ts', default: './dist/index.js' },
        './package.json': './package.json',
      },
      scripts: {
        build: 'tsc',
        test: `tsc && node --test dist/${names.plugin}.test.js dist/conformance.test.js`,
        prepare: 'tsc',
      },
      dependencies: { zod: '^4.6.7' },
      // One core for the application and all its plugins.
      peerDependencies: { '@rockpool/core': `^${version}` },
      devDependencies: {
        '@rockpool/core': `^${version}`,
        '@rockpool/testkit': `^${version}`,
        '@types/node': '^20.19.43',
        typescript: '^6.0.0',
      },
    }),
    'tsconfig.json': json({
      compilerOptions: {
        target: 'ES2023',
        lib: ['ES2023', 'ESNext.Disposable'],
        types: ['node'],
        module: 'NodeNext',
        rootDir: 'src',
        outDir: 'dist',
        declaration: true,
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        verbatimModuleSyntax: true,
        skipLibCheck: true,
      },
      include: ['src'],
    }),
    '.gitignore': 'node_modules\ndist\n',
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}
