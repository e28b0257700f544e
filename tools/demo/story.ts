/** Tells a person what happens while it happens. */
export class Story {
  private readonly startedAt = performance.now();

  /** A new part of the demo. */
  heading(text: string): void {
    this.line();
    this.line(`== ${text}`);
  }

  /** A command as the person would type it. */
  command(args: readonly string[]): void {
    const words = args.map((arg) => (/^[\w@%+=:,./…-]+$/.test(arg) ? arg : `'${arg}'`));
    this.line(`$ npx signalbox ${words.join(' ')}`);
  }

  line(text = ''): void {
    console.log(text === '' ? '' : `  ${text}`);
  }

  /** A figure that changes: drawn over on a terminal, left out elsewhere. */
  progress(text: string): void {
    if (process.stdout.isTTY) process.stdout.write(`\r\u001b[2K  ${text}\r`);
  }

  /** Seconds since the demo began. */
  get seconds(): number {
    return (performance.now() - this.startedAt) / 1_000;
  }
}
