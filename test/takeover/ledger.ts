import { existsSync, readFileSync } from 'node:fs';

/** A line of the ledger: a run of a target began, or came to its end. */
export interface LedgerEntry {
  readonly what: 'start' | 'end';
  readonly target: string;
  readonly attempt: number;
  /** The task-runner that started it. */
  readonly runner: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** What the programs of one execution have really done: each appends a line when it begins, and one when it ends. */
export class Ledger {
  private readonly file: string;

  /** @param file is created by the first line. */
  constructor(file: string) {
    this.file = file;
  }

  /** The arguments of `exec` for a program that says `start`, does this, and says `end` if that did not end it. */
  argsFor(shell: string): object {
    const say = 'say() { echo "$1 $SIGNALBOX_TARGET $SIGNALBOX_ATTEMPT $PPID $(date +%s%3N)"';
    const program = `${say} >> "$LEDGER"; }; say start; ${shell}; say end`;
    return { shell: true, program, env: { LEDGER: this.file } };
  }

  /** All lines so far, in the order in which they were written. */
  entries(): LedgerEntry[] {
    if (!existsSync(this.file)) return [];
    const lines = readFileSync(this.file, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => {
      const [what, target = '', attempt, runner, at] = line.split(' ');
      const [number, pid, time] = [Number(attempt), Number(runner), Number(at)];
      return { what: what as LedgerEntry['what'], target, attempt: number, runner: pid, at: time };
    });
  }

  starts(): LedgerEntry[] {
    return this.entries().filter(({ what }) => what === 'start');
  }

  ends(): LedgerEntry[] {
    return this.entries().filter(({ what }) => what === 'end');
  }
}
