import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  encodeMessage,
  ERROR_CODES,
  MESSAGES,
  type Contract,
  type MessageDefinition,
  type MessageKind,
} from '#contracts';
import { fieldsTable, partsOf, type NestedFields } from './fields-table.ts';
import { code, linkTo, table } from './markdown.ts';
import { topology } from './topology-page.ts';

interface Section {
  readonly title: string;
  readonly about: string;
  readonly kinds: readonly MessageKind[];
  /** What people write has its nested fields before their eyes; the rest shares tables. */
  readonly nested: NestedFields;
}

const SECTIONS: readonly Section[] = [
  {
    title: 'Commands',
    about: 'What people and other programs publish to `signalbox.commands`; the key is the type.',
    kinds: ['command'],
    nested: 'inline',
  },
  {
    title: 'Queries',
    about:
      'Questions with one reply: `<type>.answered` or `query.failed`. Published to `signalbox.commands`; the key is the type.',
    kinds: ['query'],
    nested: 'inline',
  },
  {
    title: 'Events',
    about:
      'Facts, for any number of readers. Published to `signalbox.events`; the key is the type, a dot and the id. To watch, bind a queue of your own, named `watch.<user>.…`.',
    kinds: ['event'],
    nested: 'linked',
  },
  {
    title: 'Replies',
    about: 'What is said to whoever asked, over the default exchange.',
    kinds: ['reply'],
    nested: 'linked',
  },
  {
    title: 'Offers and leases',
    about: 'What the services say to each other about who owns which piece of work.',
    kinds: ['offer', 'lease', 'control'],
    nested: 'linked',
  },
];

/** The page docs/messages.md. */
export function messagesPage(): string {
  const conventions = readFileSync(join(import.meta.dirname, 'messages-conventions.md'), 'utf8');
  return `${[
    conventions.trimEnd(),
    ...SECTIONS.flatMap(section),
    ...parts(),
    topology(),
    errorCodes(),
  ].join('\n\n')}\n`;
}

function section({ title, about, kinds, nested }: Section): string[] {
  const definitions = MESSAGES.filter((definition) => kinds.includes(definition.kind));
  const rows = definitions.map(({ type, from, readBy, summary }) => [
    linkTo(type),
    from,
    readBy,
    summary,
  ]);
  return [
    `## ${title}\n\n${about}\n\n${table(['type', 'from', 'read by', 'what it says'], rows)}`,
    ...definitions.map((definition) => message(definition, nested)),
  ];
}

function message(definition: MessageDefinition, nested: NestedFields): string {
  const { type, summary, contract, contentType, examples } = definition;
  const isJson = contentType === 'application/json';
  const shown = examples.map((example) => {
    const body = isJson ? JSON.stringify(example, null, 2) : encodeMessage(contract, example);
    return `\`\`\`json\n${String(body).trimEnd()}\n\`\`\``;
  });
  return [
    `### ${type}`,
    summary,
    facts(definition),
    isJson ? fieldsTable(contract, nested) : DOCUMENTS,
    ...shown,
  ].join('\n\n');
}

const DOCUMENTS =
  'NDJSON: for each document an action line `{"create":{"_index":…,"_id":…}}` and the document, one JSON object on one line. `_index` is the name of an index without a pattern, `_id` a text of 1 to 512 bytes that is always the same for the same document.';

function facts(definition: MessageDefinition): string {
  const { contract, exchange, bindingKey, contentType, persistent, mandatory } = definition;
  const where = exchange === '' ? 'the default exchange' : code(exchange);
  const key = bindingKey === undefined ? '' : `, key ${code(bindingKey.replace(/#$/, '<id>'))}`;
  const flags = [
    persistent ? 'persistent' : 'transient',
    mandatory ? 'mandatory' : 'not mandatory',
  ];
  const format = contentType === 'application/json' ? [] : [code(contentType)];
  return `*${code(contract.name)} · ${where}${key} · ${[...flags, ...format].join(', ')}*`;
}

function parts(): string[] {
  const linked = SECTIONS.filter(({ nested }) => nested === 'linked').flatMap(({ kinds }) => kinds);
  const found = new Set<Contract>();
  for (const { kind, contract } of MESSAGES) {
    if (linked.includes(kind)) partsOf(contract, found);
  }
  const named = [...found].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return [
    '## Parts\n\nWhat the messages above have in common.',
    ...named.map((part) => `### ${part.name}\n\n${fieldsTable(part, 'linked')}`),
  ];
}

function errorCodes(): string {
  const rows = Object.entries(ERROR_CODES).map(([name, meaning]) => [code(name), meaning]);
  return `## Error codes\n\nStable: a code is never renamed or reused. Plugins of your own may add others.\n\n${table(['code', 'meaning'], rows)}`;
}
