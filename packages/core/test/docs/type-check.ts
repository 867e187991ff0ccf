/**
 * Type-checks the documentation's code against the built packages, all of it in one program.
 */
import { join } from 'node:path'
import ts from 'typescript'

const TARGET: ts.ScriptTarget = ts.ScriptTarget.ES2022

const OPTIONS: ts.CompilerOptions = {
  target: TARGET,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
  noEmit: true,
}

/** What the compiler says about each text, by the text's index. `directory` is where the texts pretend to lie. */
export function typeErrors(texts: readonly string[], directory: string): string[][] {
  const names = texts.map((_, index) => join(directory, `snippet-${index}.mts`))
  const sources = new Map(names.map((name, index) => [name, `${texts[index]}\nexport {}\n`]))
  const host = ts.createCompilerHost(OPTIONS)
  const { fileExists, readFile } = host
  host.fileExists = (name) => sources.has(name) || fileExists(name)
  host.readFile = (name) => sources.get(name) ?? readFile(name)
  const program = ts.createProgram(names, OPTIONS, host)
  return names.map((name) => {
    const file = program.getSourceFile(name)
    return file === undefined
      ? [`${name} was not read`]
      : ts.getPreEmitDiagnostics(program, file).map(({ messageText, start = 0 }) => {
          const line = file.getLineAndCharacterOfPosition(start).line + 1
          return `line ${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
        })
  })
}

/** JavaScript that every supported Node can run, `await using` included. */
export function toJavaScript(text: string): string {
  const compilerOptions: ts.CompilerOptions = { target: TARGET, module: ts.ModuleKind.ESNext }
  return ts.transpileModule(text, { compilerOptions }).outputText
}
