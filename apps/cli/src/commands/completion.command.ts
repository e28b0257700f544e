import { Argument, type Command } from 'commander';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

const EXAMPLES = `
Examples:
  $ source <(signalbox completion bash)
  $ signalbox completion fish > ~/.config/fish/completions/signalbox.fish`;

/** `signalbox completion`: a script that makes the shell complete commands and options, made from the commands themselves. */
export function addCompletion(program: Command): void {
  program
    .command('completion')
    .description('print a completion script for your shell')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .addHelpText('after', EXAMPLES)
    .action((shell: (typeof SHELLS)[number]) => {
      process.stdout.write(SCRIPTS[shell](wordsByPath(program)));
    });
}

/** What may follow each command: `''` for the program itself, `stream start` for a nested one. */
type Words = ReadonlyMap<string, readonly string[]>;

function wordsByPath(command: Command, path: readonly string[] = []): Words {
  const options = command.options.map(({ long }) => long ?? '').filter((long) => long !== '');
  const words = [...command.commands.map((child) => child.name()), ...options, '--help'];
  const nested = command.commands.flatMap((child) => [
    ...wordsByPath(child, [...path, child.name()]),
  ]);
  return new Map([[path.join(' '), words], ...nested]);
}

const SCRIPTS: Readonly<Record<(typeof SHELLS)[number], (words: Words) => string>> = {
  bash: (words) => `_signalbox() {
  local path="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) case "\${path:+$path }$word" in ${casePatterns(words)}) path="\${path:+$path }$word" ;; esac ;; esac
  done
  local words
  case "$path" in
${cases(words)}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _signalbox signalbox
`,
  zsh: (words) => `#compdef signalbox
autoload -U +X bashcompinit && bashcompinit
${SCRIPTS.bash(words)}`,
  fish: (words) =>
    [...words]
      .flatMap(([path, following]) =>
        following.map((word) => fishLine(path.split(' ').filter(Boolean), word)),
      )
      .join('\n')
      .concat('\n'),
};

function casePatterns(words: Words): string {
  return [...words.keys()]
    .filter(Boolean)
    .map((path) => `'${path}'`)
    .join('|');
}

function cases(words: Words): string {
  return [...words]
    .map(([path, following]) => `    '${path}') words="${following.join(' ')}" ;;`)
    .join('\n');
}

function fishLine(path: readonly string[], word: string): string {
  const seen = path.map((part) => `__fish_seen_subcommand_from ${part}`).join('; and ');
  const condition = seen === '' ? '__fish_use_subcommand' : seen;
  const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-a ${word}`;
  return `complete -c signalbox -n '${condition}' ${what}`;
}
