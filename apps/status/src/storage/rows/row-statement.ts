import { isStorable, storableText } from '../../record/storable.js';

/** A table's columns with their types, as `json_to_recordset` needs them. */
export type Columns = Readonly<Record<string, string>>;

/** A statement that writes any number of rows, given as one JSON array. Prepared once per connection under its name. */
export interface RowStatement {
  readonly name: string;
  readonly text: string;
}

/** Inserts the rows; `conflict` says what happens to those that are there already. */
export function insertRows(table: string, columns: Columns, conflict = ''): RowStatement {
  const names = Object.keys(columns).join(', ');
  return {
    name: `insert-${table}`,
    text: `insert into ${table} (${names}) select ${names} from ${rowsOf(columns)} ${conflict}`,
  };
}

/** The same, with columns that are worked out from the row by an expression. */
export function insertComputed(
  table: string,
  columns: Columns,
  computed: Readonly<Record<string, string>>,
  inputs: Columns,
): RowStatement {
  const names = Object.keys(columns);
  const into = [...names, ...Object.keys(computed)].join(', ');
  const from = [...names, ...Object.values(computed)].join(', ');
  return {
    name: `insert-${table}`,
    text: `insert into ${table} (${into}) select ${from} from ${rowsOf({ ...columns, ...inputs })}`,
  };
}

/** Updates the rows with these keys; `set` overrides what a column is set to. */
export function updateRows(
  table: string,
  keys: Columns,
  columns: Columns,
  set: Readonly<Record<string, string>> = {},
): RowStatement {
  const assignments = Object.keys(columns)
    .filter((column) => set[column] !== '')
    .map((column) => set[column] ?? `${column} = r.${column}`);
  const matches = Object.keys(keys).map((key) => `t.${key} = r.${key}`);
  return {
    name: `update-${table}`,
    text: `update ${table} t set ${assignments.join(', ')} from ${rowsOf({ ...keys, ...columns })} where ${matches.join(' and ')}`,
  };
}

/**
 * Rows as the JSON that a `RowStatement` takes. PostgreSQL stores neither U+0000 nor half a surrogate pair: where a text holds
 * one (the output of a program may), it becomes U+FFFD.
 */
export function rowsJson(rows: readonly object[]): string {
  const text = JSON.stringify(rows);
  return isStorable(text) ? text : JSON.stringify(rows, storable);
}

/** A time as PostgreSQL reads it. */
export function timestamp(ms: number): string;
export function timestamp(ms: number | null | undefined): string | null;
export function timestamp(ms: number | null | undefined): string | null {
  return ms === null || ms === undefined ? null : new Date(ms).toISOString();
}

function storable(_: string, value: unknown): unknown {
  return typeof value === 'string' ? storableText(value) : value;
}

function rowsOf(columns: Columns): string {
  const typed = Object.entries(columns).map(([name, type]) => `${name} ${type}`);
  return `json_to_recordset($1::json) as r(${typed.join(', ')})`;
}
