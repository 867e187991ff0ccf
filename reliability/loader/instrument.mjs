// Puts a counter into every place a program can branch to, so that the fuzzer sees where an input went.
//
// Rule: what runs is otherwise the source as it stands: types are stripped, nothing else is changed. TypeScript, which the
// project has anyway, takes the file apart. The counters are calls of a global, `__cover(n)`; fuzz/coverage.mjs defines it. Loops have
// one in their body, which is also how an endless one is caught.
import ts from 'typescript'

const { factory, SyntaxKind: Kind } = ts

const options = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
}

/** JavaScript of a TypeScript file. */
export function stripTypes(source, fileName) {
  return ts.transpileModule(source, { fileName, compilerOptions: options }).outputText
}

/** JavaScript with counters numbered from `first`; the next free number comes with it. */
export function instrument(source, fileName, first) {
  let next = first
  const count = () =>
    factory.createCallExpression(factory.createIdentifier('__cover'), undefined, [
      factory.createNumericLiteral(next++),
    ])
  const transformer = (context) => {
    const visit = (original) => {
      const node = ts.visitEachChild(original, visit, context)
      return COUNTED[node.kind]?.(node, counting(count)) ?? node
    }
    return (file) => ts.visitNode(file, visit)
  }
  const file = ts.createSourceFile(fileName, source, ts.ScriptTarget.ES2022, true, ts.ScriptKind.JS)
  const { transformed } = ts.transform(file, [transformer])
  return { source: ts.createPrinter().printFile(transformed[0]), next }
}

/** The ways to put a counter in front of something. */
function counting(count) {
  const statements = (list) => [factory.createExpressionStatement(count()), ...list]
  return {
    statements,
    block: (statement) =>
      factory.createBlock(statements(ts.isBlock(statement) ? statement.statements : [statement]), true),
    value: (expression) => factory.createParenthesizedExpression(factory.createComma(count(), expression)),
  }
}

const SHORT_CIRCUITS = [Kind.AmpersandAmpersandToken, Kind.BarBarToken, Kind.QuestionQuestionToken]

/** What has a branch to count, and how the counted form is made. */
const COUNTED = {
  [Kind.IfStatement]: (node, put) =>
    factory.updateIfStatement(
      node,
      node.expression,
      put.block(node.thenStatement),
      put.block(node.elseStatement ?? factory.createBlock([])),
    ),
  [Kind.WhileStatement]: (node, put) =>
    factory.updateWhileStatement(node, node.expression, put.block(node.statement)),
  [Kind.DoStatement]: (node, put) =>
    factory.updateDoStatement(node, put.block(node.statement), node.expression),
  [Kind.ForStatement]: (node, put) =>
    factory.updateForStatement(
      node,
      node.initializer,
      node.condition,
      node.incrementor,
      put.block(node.statement),
    ),
  [Kind.ForOfStatement]: (node, put) =>
    factory.updateForOfStatement(
      node,
      node.awaitModifier,
      node.initializer,
      node.expression,
      put.block(node.statement),
    ),
  [Kind.CaseClause]: (node, put) =>
    factory.updateCaseClause(node, node.expression, put.statements(node.statements)),
  [Kind.DefaultClause]: (node, put) => factory.updateDefaultClause(node, put.statements(node.statements)),
  [Kind.ConditionalExpression]: (node, put) =>
    factory.updateConditionalExpression(
      node,
      node.condition,
      node.questionToken,
      put.value(node.whenTrue),
      node.colonToken,
      put.value(node.whenFalse),
    ),
  [Kind.BinaryExpression]: (node, put) =>
    SHORT_CIRCUITS.includes(node.operatorToken.kind)
      ? factory.updateBinaryExpression(node, node.left, node.operatorToken, put.value(node.right))
      : undefined,
  [Kind.FunctionDeclaration]: (node, put) =>
    factory.updateFunctionDeclaration(node, ...headOf(node), put.block(node.body)),
  [Kind.FunctionExpression]: (node, put) =>
    factory.updateFunctionExpression(node, ...headOf(node), put.block(node.body)),
  [Kind.MethodDeclaration]: (node, put) =>
    factory.updateMethodDeclaration(
      node,
      node.modifiers,
      node.asteriskToken,
      node.name,
      node.questionToken,
      node.typeParameters,
      node.parameters,
      node.type,
      put.block(node.body),
    ),
}

function headOf({ modifiers, asteriskToken, name, typeParameters, parameters, type }) {
  return [modifiers, asteriskToken, name, typeParameters, parameters, type]
}
