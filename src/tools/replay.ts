/** `npm run replay -- FILE.jsonl`: plays a recorded feed into a running server. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { RestClient } from '../contracts/rest-client.js';
import { planFeed } from './feed-plan.js';
import { PatientClient } from './patience.js';
import { replayFeed } from './replay-feed.js';
import { sayFaults, say, warn } from './terminal.js';
import { addressOf, pathFromUser, readToolEnv, tokenFor } from './tool-env.js';
import { explain, toolPatience, UsageError } from './tool-run.js';

const USAGE = `Usage: npm run replay -- FILE.jsonl [options]

Plays a recorded CS:GO feed (match_start, round_start, kill, assist, bomb_*,
round_end, game_over; one JSON object a line) into a running server. Running it
again doubles nothing: a finished match is left alone, an interrupted one goes on.
Ends with 0 if the server took all of it, else with 1.

  --speed 60         seconds of the feed per second; 0 or max: all at once
  --url URL          where the server is           (GRANDSTAND_URL, http://127.0.0.1:PORT)
  --token TOKEN      an organizer's token          (GRANDSTAND_TOKEN, the development secret in .grandstand/)
  --tournament ID    play into this tournament     (its own, named after the file)
  --match ID         play into this match          (its own, named after the file)
  --home NAME        the team of the player with the lowest reference
  --away NAME        the other team`;

function readSpeed(text: string): number {
  const speed = text === 'max' ? 0 : Number(text);
  if (text.trim() === '' || !(speed >= 0)) throw new UsageError(`--speed ${text}: a number such as 60, or max`);
  return speed;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      speed: { type: 'string', default: '60' },
      url: { type: 'string' },
      token: { type: 'string' },
      tournament: { type: 'string' },
      match: { type: 'string' },
      home: { type: 'string' },
      away: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    say(USAGE);
    return 0;
  }
  const [file] = positionals;
  if (file === undefined || positionals.length > 1) throw new UsageError('name one file');
  const speed = readSpeed(values.speed);
  const env = readToolEnv();
  const url = values.url === undefined ? env.url : addressOf(values.url);
  const text = await readFile(pathFromUser(file), 'utf8');
  const plan = planFeed(text);
  if (plan.faults.length > 0) {
    warn(`${String(plan.faults.length)} lines of ${basename(file)} left out:`);
    sayFaults(plan.faults, warn);
  }
  if (plan.steps.length === 0) throw new UsageError(`${basename(file)} holds no event that can be played`);

  const report = await replayFeed({
    client: new PatientClient(new RestClient(url, await tokenFor(values.token, env)), toolPatience()),
    plan,
    names: { file: basename(file), text, tournamentId: values.tournament, matchId: values.match, home: values.home, away: values.away },
    speed,
    clock: { now: Date.now, sleep: (ms) => wait(ms) },
    say,
  });
  const { match } = report;
  const score = `${match.home.name} ${String(match.homeScore)}-${String(match.awayScore)} ${match.away.name}`;
  if (report.result === 'already') {
    say(`Match ${match.id} is already complete: ${score}. Nothing was changed.`);
    return 0;
  }
  say('');
  say(`${score}${match.status === 'COMPLETED' ? '' : ` (${match.status})`}`);
  say(`  tournament ${report.tournamentId}, match ${match.id}${plan.map ? `, ${plan.map}` : ''}`);
  say(`  ${String(report.rounds)} rounds scored, ${String(report.statLines)} stat lines written, at seq ${String(match.seq)}`);
  if (plan.teamKills > 0) say(`  ${String(plan.teamKills)} team kill${plan.teamKills === 1 ? '' : 's'}, counted for nobody`);
  if (report.result === 'open') say('  the feed has no game_over: the match was left as it stands');
  if (report.refused.length > 0) {
    say(`  ${String(report.refused.length)} refused by the server:`);
    sayFaults(report.refused, say);
  }
  say(`  ${url}/api/v1/matches/${match.id}`);
  return report.refused.length === 0 ? 0 : 1;
}

process.exitCode = await main().catch((error: unknown) => {
  warn(explain(error, USAGE));
  return 1;
});
