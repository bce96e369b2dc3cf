import ts from 'typescript';
import { descendants, type Source } from '../source.ts';

/** A name that this source declares: not one that it only uses, which may be a vendor's. */
export interface DeclaredName {
  readonly name: string;
  readonly at: ts.Node;
  readonly type: ts.TypeNode | undefined;
  readonly initializer: ts.Expression | undefined;
}

/** Every declared name: variables, parameters, properties, functions, types, renamed imports, keys of Zod objects. */
export function declaredNames(source: Source): readonly DeclaredName[] {
  return source.syntax.flatMap(declaredBy);
}

function declaredBy(part: ts.Node): readonly DeclaredName[] {
  if (ts.isVariableDeclaration(part) || ts.isParameter(part) || ts.isPropertyDeclaration(part)) {
    return named(part.name, part.type, part.initializer);
  }
  if (ts.isBindingElement(part)) return named(part.name, undefined, part.initializer);
  if (ts.isPropertySignature(part)) return named(part.name, part.type, undefined);
  if (ts.isMethodSignature(part) || ts.isMethodDeclaration(part)) return named(part.name, undefined, undefined);
  if (ts.isFunctionDeclaration(part) || ts.isClassDeclaration(part)) return named(part.name, undefined, undefined);
  if (ts.isInterfaceDeclaration(part) || ts.isTypeAliasDeclaration(part) || ts.isTypeParameterDeclaration(part)) {
    return named(part.name, undefined, undefined);
  }
  if (ts.isNamespaceImport(part) || (ts.isImportSpecifier(part) && part.propertyName !== undefined)) {
    return named(part.name, undefined, undefined);
  }
  if (ts.isPropertyAssignment(part) && isZodShape(part.parent)) return named(part.name, undefined, part.initializer);
  return [];
}

function named(
  name: ts.Node | undefined,
  type: ts.TypeNode | undefined,
  initializer: ts.Expression | undefined,
): readonly DeclaredName[] {
  if (name === undefined) return [];
  if (!ts.isIdentifier(name) && !ts.isStringLiteral(name) && !ts.isPrivateIdentifier(name)) return [];
  return [{ name: name.text, at: name, type, initializer }];
}

function isZodShape(literal: ts.Node): boolean {
  const call = literal.parent;
  return (
    ts.isCallExpression(call) && /^z\s*\.\s*(object|looseObject|strictObject)$/.test(call.expression.getText().trim())
  );
}

/** The words of a camelCase, PascalCase, SCREAMING_CASE, snake_case or kebab-case name, in lower case. */
export function wordsOf(name: string): readonly string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase());
}

const NUMBER_TYPES = new Set(['Bytes', 'MicroUsd']);

/** Whether a type is, or may be, `number`, `bigint` or one of their named kinds. */
export function isNumberType(type: ts.TypeNode): boolean {
  if (type.kind === ts.SyntaxKind.NumberKeyword || type.kind === ts.SyntaxKind.BigIntKeyword) return true;
  if (ts.isUnionTypeNode(type)) return type.types.some(isNumberType);
  return ts.isTypeReferenceNode(type) && ts.isIdentifier(type.typeName) && NUMBER_TYPES.has(type.typeName.text);
}

/** Whether an expression is a number by its looks: a literal, arithmetic with one, or a Zod number. */
export function isNumberExpression(expression: ts.Expression): boolean {
  if (ts.isNumericLiteral(expression) || ts.isBigIntLiteral(expression)) return true;
  if (ts.isPrefixUnaryExpression(expression)) return isNumberExpression(expression.operand);
  if (ts.isParenthesizedExpression(expression)) return isNumberExpression(expression.expression);
  if (ts.isBinaryExpression(expression)) {
    const isArithmetic = ['*', '/', '+', '-', '**'].includes(expression.operatorToken.getText());
    return isArithmetic && (isNumberExpression(expression.left) || isNumberExpression(expression.right));
  }
  return /^z\s*\.\s*(coerce\s*\.\s*)?(number|int|int32|uint32|bigint)\b/.test(expression.getText());
}

/** The name of a function, method or of the variable or property that a function is bound to; empty for the nameless. */
export function functionName(part: ts.SignatureDeclaration): string {
  if (part.name !== undefined) return part.name.getText();
  const { parent } = part;
  if (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent)) {
    return parent.name.getText();
  }
  return '';
}

/** The functions around a part, innermost first. */
export function functionsAround(part: ts.Node): readonly ts.SignatureDeclaration[] {
  const around: ts.SignatureDeclaration[] = [];
  for (let outer = part.parent; outer !== undefined; outer = outer.parent) {
    if (ts.isFunctionLike(outer)) around.push(outer);
  }
  return around;
}

/** The parts of a statement or block, those of functions inside it left out. */
export function partsOutsideFunctions(root: ts.Node): readonly ts.Node[] {
  const inner = descendants(root).filter((part) => part !== root && ts.isFunctionLike(part));
  return descendants(root).filter((part) => !inner.some((fn) => part.pos >= fn.pos && part.end <= fn.end));
}
