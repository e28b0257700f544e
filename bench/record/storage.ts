/** What the bare loop takes from status, as it was compiled. */
type DatabaseModule = typeof import('../../apps/status/src/storage/database.ts');
type StoreModule = typeof import('../../apps/status/src/storage/record-store.ts');

async function compiled<T>(file: string): Promise<T> {
  const url = new URL(`../../dist/apps/status/src/storage/${file}.js`, import.meta.url);
  return (await import(url.href)) as T;
}

export const { Database } = await compiled<DatabaseModule>('database');
export const { RecordStore } = await compiled<StoreModule>('record-store');
