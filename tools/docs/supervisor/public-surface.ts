import { join } from 'node:path';
import ts from 'typescript';

/** What the users of a library see of it. */
export interface PublicSurface {
  readonly checker: ts.TypeChecker;
  /** What its index.ts exports. */
  readonly exports: readonly ts.Symbol[];
}

/**
 * Compiles the library in `folder` by its tsconfig.json, in memory, and reads the declarations that
 * come out: no bodies, nothing private, nothing that is marked `@internal`. Throws what the
 * compiler says when the library cannot be compiled.
 */
export function readSurface(folder: string): PublicSurface {
  const { options, fileNames } = readConfig(join(folder, 'tsconfig.json'));
  const declarations = emitDeclarations(fileNames, options);
  const index = join(options.outDir ?? folder, 'index.d.ts');
  // Without the standard library, which takes longest to read and of which nothing is looked up.
  const bare = { ...options, noLib: true, types: [] };
  const program = ts.createProgram([index], bare, hostWith(declarations, bare));
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(index);
  const module = source && checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`${folder}/src/index.ts exports nothing`);
  const exports = checker
    .getExportsOfModule(module)
    .map((one) => (one.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(one) : one));
  return { checker, exports };
}

function readConfig(file: string): ts.ParsedCommandLine {
  const config = ts.getParsedCommandLineOfConfigFile(
    file,
    {},
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: (diagnostic) => fail([diagnostic]),
    },
  );
  if (config === undefined) throw new Error(`${file} cannot be read`);
  if (config.errors.length > 0) fail(config.errors);
  return config;
}

/** The declarations by the path of the file that they would be written to. */
function emitDeclarations(
  fileNames: readonly string[],
  options: ts.CompilerOptions,
): ReadonlyMap<string, string> {
  const declarations = new Map<string, string>();
  const program = ts.createProgram(fileNames, {
    ...options,
    emitDeclarationOnly: true,
    declarationMap: false,
    noEmitOnError: true,
  });
  const { emitSkipped, diagnostics } = program.emit(undefined, (file, text) => {
    declarations.set(file, text);
  });
  if (emitSkipped) fail(diagnostics);
  return declarations;
}

function hostWith(
  files: ReadonlyMap<string, string>,
  options: ts.CompilerOptions,
): ts.CompilerHost {
  const host = ts.createCompilerHost(options, true);
  host.fileExists = (file) => files.has(file) || ts.sys.fileExists(file);
  host.readFile = (file) => files.get(file) ?? ts.sys.readFile(file);
  host.directoryExists = () => true;
  return host;
}

function fail(diagnostics: readonly ts.Diagnostic[]): never {
  throw new Error(
    ts.formatDiagnostics(diagnostics, {
      getCurrentDirectory: () => ts.sys.getCurrentDirectory(),
      getCanonicalFileName: (file) => file,
      getNewLine: () => '\n',
    }),
  );
}
