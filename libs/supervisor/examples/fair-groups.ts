import { Supervisor, turn } from '@signalbox/supervisor';

await using supervisor = new Supervisor({ name: 'targets', limit: 1, pendingLimit: 1_000 });
const started: string[] = [];
const body = (name: string) => async (): Promise<void> => {
  started.push(name);
  await turn();
};

for (let n = 1; n <= 500; n += 1) {
  await supervisor.spawn(`big ${n}`, body(`big ${n}`), { group: 'big' });
}
const small = await supervisor.spawn('small 1', body('small 1'), { group: 'small' });

await small.outcome;
console.log(`small 1 started as number ${started.indexOf('small 1') + 1} of 501`);

// Output:
// small 1 started as number 3 of 501
