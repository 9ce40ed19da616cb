// SPDX-License-Identifier: MIT
import { Node, Project, SyntaxKind, ts, type ObjectLiteralExpression, type SourceFile } from 'ts-morph';

export interface Place {
  readonly line: number;
  readonly column: number;
  readonly path: string;
}

function parse(text: string): SourceFile {
  const project = new Project({ useInMemoryFileSystem: true, skipLoadingLibFiles: true, compilerOptions: { allowJs: false } });
  return project.createSourceFile('definition.ts', text);
}

/** Syntax errors of a definition file; types are the editor's and `pnpm check`'s business. */
export function syntaxErrors(text: string): { message: string; line: number; column: number }[] {
  const source = parse(text);
  const program = source.getProject().getProgram().compilerObject;
  return program.getSyntacticDiagnostics(source.compilerNode as ts.SourceFile).map((d) => {
    const { line, column } = source.getLineAndColumnAtPos(d.start);
    return { message: ts.flattenDiagnosticMessageText(d.messageText, ' '), line, column };
  });
}

/**
 * The place of the value at `path` inside the first `definer({...})` of a file, or the nearest
 * enclosing place the text still shows (a value built elsewhere has none of its own).
 */
export function locateIn(text: string, definer: string, path: readonly (string | number)[], onKey: boolean): Place {
  const source = parse(text);
  const call = source.getDescendantsOfKind(SyntaxKind.CallExpression).find((c) => c.getExpression().getText() === definer);
  let node: Node = call ?? source;
  let value: Node | undefined = call?.getArguments()[0];
  if (value !== undefined) node = value;
  for (const [depth, step] of path.entries()) {
    if (value === undefined) break;
    const next: { readonly key: Node; readonly value: Node | undefined } | undefined = descend(value, step);
    if (next === undefined) break;
    const last = depth === path.length - 1;
    node = last && onKey ? next.key : (next.value ?? next.key);
    value = next.value;
  }
  const { line, column } = source.getLineAndColumnAtPos(node.getStart());
  return { line, column, path: path.join('.') };
}

export const locateInPolicy = (text: string, path: readonly (string | number)[], onKey: boolean): Place => locateIn(text, 'definePolicy', path, onKey);

function descend(value: Node, step: string | number): { key: Node; value: Node | undefined } | undefined {
  const inner = unwrap(value);
  if (Node.isArrayLiteralExpression(inner) && typeof step === 'number') {
    const element = inner.getElements()[step];
    return element === undefined ? undefined : { key: element, value: element };
  }
  if (Node.isObjectLiteralExpression(inner)) return property(inner, String(step));
  return undefined;
}

function property(object: ObjectLiteralExpression, name: string): { key: Node; value: Node | undefined } | undefined {
  for (const prop of object.getProperties()) {
    if (Node.isPropertyAssignment(prop) && prop.getName().replace(/^['"]|['"]$/g, '') === name) {
      return { key: prop.getNameNode(), value: prop.getInitializer() };
    }
    if (Node.isShorthandPropertyAssignment(prop) && prop.getName() === name) return { key: prop, value: prop };
  }
  return undefined;
}

function unwrap(node: Node): Node {
  if (Node.isAsExpression(node) || Node.isSatisfiesExpression(node) || Node.isParenthesizedExpression(node)) return unwrap(node.getExpression());
  if (Node.isIdentifier(node)) {
    const declaration = node.getDefinitionNodes()[0];
    const initializer = declaration !== undefined && Node.isVariableDeclaration(declaration) ? declaration.getInitializer() : undefined;
    return initializer === undefined ? node : unwrap(initializer);
  }
  return node;
}
