// `npm run test:chaos:mutants`: a check that cannot fail is none. The chaos
// suite is run on builds in which one promise is broken on purpose, and has to
// fail on each. Names of mutants as arguments run those alone; `--report FILE`
// writes the verdict as JSON.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openStage, runSuite } from './chaos.mjs';

const MUTANTS = [
  {
    name: 'publish-before-commit',
    promise: 'an event is told to spectators inside its transaction, which now and then is rolled back',
    edits: [
      {
        file: 'src/modules/matches/matches.service.ts',
        from: `      this.unitOfWork.afterCommit(() => {
        this.committed.announce({ event, match });
      });
`,
        to: `      this.committed.announce({ event, match });
      if (Math.random() < 0.02) throw new Error('Connection terminated');
`,
      },
    ],
  },
  {
    name: 'no-log-tail',
    promise: 'nobody looks into the log for events that were committed and not heard',
    // After a reload nginx ends the old connections within 30 s, perhaps while everybody is waited for at the end: whoever joins again has all.
    faults: 'kill,redis-clients',
    edits: [
      {
        file: 'src/modules/realtime/match-feeds.ts',
        from: `  async tail(): Promise<void> {
`,
        to: `  async tail(): Promise<void> {
    if (this.feeds.size >= 0) return;
`,
      },
    ],
  },
  {
    name: 'snapshot-before-join',
    promise: 'a join is answered with what was read before the socket is in the room',
    edits: [
      {
        file: 'src/modules/realtime/joins.ts',
        from: `      const { missed, complete } = this.missed(of, asked);
      this.enter(socket, coming);
      onJoined(room, opened.visibility);
      send({ matchId, room, match: this.stateOf(feed, opened.snapshot), missed, complete });
`,
        to: `      const { missed, complete } = this.missed(of, asked);
      const match = this.stateOf(feed, opened.snapshot);
      await new Promise((resolve) => setTimeout(resolve, 100));
      this.enter(socket, coming);
      onJoined(room, opened.visibility);
      send({ matchId, room, match, missed, complete });
`,
      },
    ],
  },
];

/** Short, with what makes sockets join again and Redis lose events; the last events are posted without Redis anyway. */
const ARGS = ['--seed', '1', '--seconds', '12'];
const FAULTS = 'kill,redis-clients,nginx-reload';

/** The checks that caught it; empty: it survived, or the suite could not even run. */
async function caughtBy({ edits, faults = FAULTS }) {
  const folder = mkdtempSync(join(tmpdir(), 'grandstand-mutant-'));
  const report = join(folder, 'report.json');
  try {
    const code = await runSuite(await openStage(edits), [...ARGS, '--faults', faults, '--report', report], ['ignore', 'ignore', 'inherit']);
    const { failures } = JSON.parse(readFileSync(report, 'utf8'));
    return code === 0 ? [] : failures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const { values, positionals: wanted } = parseArgs({ options: { report: { type: 'string' } }, allowPositionals: true });
const run = MUTANTS.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
let survived = 0;
for (const mutant of run) {
  let caught = [];
  let trouble = '';
  try {
    caught = await caughtBy(mutant);
  } catch (error) {
    trouble = `\n  ${error.message}`;
  }
  if (caught.length === 0) survived += 1;
  process.stdout.write(`${caught.length > 0 ? 'caught  ' : 'SURVIVED'} ${mutant.name}: ${mutant.promise}${trouble}\n`);
  for (const { name, against } of caught) process.stdout.write(`  by: ${name}, ${against.length} times: ${against[0].slice(0, 240)}\n`);
}
if (values.report !== undefined) writeFileSync(values.report, JSON.stringify({ passed: run.length - survived, failed: survived }));
process.stdout.write(survived === 0 ? `All ${run.length} mutants were caught.\n` : `${survived} of ${run.length} survived.\n`);
process.exitCode = survived === 0 && run.length > 0 ? 0 : 1;
