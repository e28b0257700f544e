import ts from 'typescript';
import type { PublicSurface } from './public-surface.ts';

/** Something that a library exports. */
export interface Declaration {
  readonly name: string;
  /** Its doc comment, in Markdown; empty without one. */
  readonly doc: string;
  /** TypeScript without comments. */
  readonly signature: string;
  /** The members of a class or an interface that have a doc comment, in their order. */
  readonly members: readonly Member[];
}

/** A documented member. */
export interface Member {
  readonly name: string;
  readonly doc: string;
}

const EXTENDS = ts.SyntaxKind.ExtendsKeyword;

type WithMembers = ts.ClassDeclaration | ts.InterfaceDeclaration;

/**
 * What the library exports, by name. The members of a base that it does not export are shown as
 * those of the heir: nobody could look them up.
 */
export function declarationsOf(surface: PublicSurface): ReadonlyMap<string, Declaration> {
  return new Map(surface.exports.map((one) => [one.name, declarationOf(one, surface)]));
}

function declarationOf(symbol: ts.Symbol, surface: PublicSurface): Declaration {
  const nodes = symbol.declarations ?? [];
  const members = nodes.filter(hasMembers).flatMap((node) => membersOf(node, surface));
  return {
    name: symbol.name,
    doc: nodes
      .map(docOf)
      .filter((doc) => doc !== '')
      .join('\n\n'),
    signature: nodes.map((node) => signatureOf(node, surface)).join('\n'),
    members: members.flatMap(documented),
  };
}

function signatureOf(node: ts.Declaration, surface: PublicSurface): string {
  if (ts.isVariableDeclaration(node)) return `const ${print(node)};`;
  if (!hasMembers(node)) return print(node).replace(/^export (declare )?/, '');
  const keyword = ts.isClassDeclaration(node) ? 'class' : 'interface';
  const parameters = node.typeParameters?.map(print).join(', ');
  const name = `${node.name?.text}${parameters === undefined ? '' : `<${parameters}>`}`;
  const clauses = node.heritageClauses?.flatMap((clause) => clauseOf(clause, surface)) ?? [];
  const members = membersOf(node, surface).map(print).join('\n');
  return `${[keyword, name, ...clauses].join(' ')} {\n${members}\n}`;
}

function clauseOf({ token, types }: ts.HeritageClause, surface: PublicSurface): string[] {
  const shown = types.filter((type) => hiddenBase(type, surface) === undefined).map(print);
  const keyword = token === EXTENDS ? 'extends' : 'implements';
  return shown.length === 0 ? [] : [`${keyword} ${shown.join(', ')}`];
}

function membersOf(node: WithMembers, surface: PublicSurface): readonly ts.Declaration[] {
  const clauses = node.heritageClauses?.filter(({ token }) => token === EXTENDS) ?? [];
  const bases = clauses.flatMap(({ types }) => types);
  const inherited = bases.flatMap((base) => {
    const hidden = hiddenBase(base, surface);
    return hidden === undefined ? [] : membersOf(hidden, surface);
  });
  const own = [...node.members].filter(({ name }) => !name || !ts.isPrivateIdentifier(name));
  return [...own.filter((member) => !isKeptFromUsers(member)), ...inherited];
}

/** The base, when it is the library's own and not exported. */
function hiddenBase(
  { expression }: ts.ExpressionWithTypeArguments,
  { checker, exports }: PublicSurface,
): WithMembers | undefined {
  const named = checker.getSymbolAtLocation(expression);
  if (named === undefined) return undefined;
  const symbol = named.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(named) : named;
  return exports.includes(symbol) ? undefined : symbol.declarations?.find(hasMembers);
}

function documented(member: ts.Declaration): Member[] {
  const doc = docOf(member);
  const name = ts.isConstructorDeclaration(member)
    ? 'constructor'
    : (ts.getNameOfDeclaration(member)?.getText() ?? print(member));
  return doc === '' ? [] : [{ name, doc }];
}

function docOf(node: ts.Node): string {
  const comments = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  return comments
    .map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? '')
    .join('\n\n')
    .trim();
}

function hasMembers(node: ts.Declaration): node is WithMembers {
  return ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node);
}

function isKeptFromUsers(member: ts.Declaration): boolean {
  const { Private, Protected } = ts.ModifierFlags;
  return (ts.getCombinedModifierFlags(member) & (Private | Protected)) !== 0;
}

const printer = ts.createPrinter({ removeComments: true });

function print(node: ts.Node): string {
  return printer.printNode(ts.EmitHint.Unspecified, node, node.getSourceFile());
}
