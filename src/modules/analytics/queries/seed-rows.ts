/**
 * Plausible, skewed statistics in bulk, from a fixed seed: a few players play every day, most seldom; three games; one
 * tournament in twenty is private, one match in fifty cancelled. Everything is derived from hashes of row numbers, so
 * the same call gives the same rows whatever the plan or the machine. All ids begin with the seed's name.
 */
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { Prisma } from '../../../generated/prisma/client.js';
import { fold } from './fold-totals.js';

export interface SeedPlan {
  databaseUrl: string;
  /** Stat lines, about. */
  rows: number;
  seed: string;
  progress: (done: number) => void;
  /** Called before the totals are brought up to date, which takes a while. */
  folding: () => void;
}

const WAIT_MS = 200;
const EVERYTHING = 2_000_000_000;
const PLAYERS_PER_MATCH = 10;
const MATCHES_PER_TOURNAMENT = 400;
const TEAMS = 8;
/** As many matches at a time: a second of work, so that the bar moves. */
const CHUNK = 4_000;
/** The power that uniform numbers are raised to: of 50,000 players the most active then play in one match of 17, half of them in less than one of 10,000. */
const SKEW = 3;

const FUNCTIONS = `
  create or replace function pg_temp.unit(what text) returns float8 immutable parallel safe language sql as $$
    select (hashtextextended(what, 20261122) & 9007199254740991) / 9007199254740992.0
  $$;
  create or replace function pg_temp.count_of(what text, mean float8) returns int immutable parallel safe language sql as $$
    select floor(mean * (0.2 + 1.6 * pg_temp.unit(what)))::int
  $$;
  create or replace function pg_temp.game_of(tournament int) returns text immutable parallel safe language sql as $$
    select (array['CSGO', 'LOL', 'CSGO', 'LOL', 'FIFA'])[1 + tournament % 5]
  $$;`;

/** Line counts are a little below `rows`: cancelled matches keep theirs. Returns how many there are. */
export async function seedRows({ databaseUrl, rows, seed, progress, folding }: SeedPlan): Promise<{ lines: number; matches: number; players: number }> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'grandstand-seed' });
  await client.connect();
  try {
    const matches = Math.ceil(rows / PLAYERS_PER_MATCH);
    const tournaments = Math.ceil(matches / MATCHES_PER_TOURNAMENT);
    const players = Math.max(PLAYERS_PER_MATCH, Math.ceil(rows / 20 / PLAYERS_PER_MATCH) * PLAYERS_PER_MATCH);
    const taken = await client.query('select 1 from tournaments where id = $1', [`${seed}-t0`]);
    if (taken.rowCount) throw new Error(`This database holds a seed named ${seed} already: choose another name with --seed`);
    await client.query(`set synchronous_commit = off; set jit = off; ${FUNCTIONS}`);
    await client.query(
      `insert into users (id, username, role)
       select $1 || '-p' || i, (array['Nova','Kraken','Echo','Sable','Onyx','Vex','Lumen','Rogue','Pixel','Zephyr','Mako','Quill','Ember','Drift','Jinx','Orbit'])[1 + (i * 7) % 16]
         || (array['fox','blade','storm','byte','wolf','ray','moth','king','ghost','spark','viper','shade'])[1 + (i / 16) % 12] || case when i < 192 then '' else (i / 192)::text end, 'PLAYER'
       from generate_series(0, $2::int - 1) i`,
      [seed, players],
    );
    await client.query(
      `insert into tournaments (id, name, game, visibility, owner_id, starts_at)
       select $1 || '-t' || t, (array['Spring','Summer','Autumn','Winter'])[1 + t % 4] || ' ' || (array['Open','Masters','Cup','League','Invitational'])[1 + (t / 4) % 5] || ' ' || (t + 1),
         pg_temp.game_of(t), case when t % 20 = 13 then 'private' else 'public' end, $1 || '-owner', timestamptz '2024-01-06' + t * interval '1 day'
       from generate_series(0, $2::int - 1) t`,
      [seed, tournaments],
    );
    await client.query(
      `insert into participants (tournament_id, id, name)
       select $1 || '-t' || t, 'team-' || k, (array['Red','Blue','Iron','Wild','Royal','Silent','Golden','North'])[1 + (k + t) % 8] || ' ' || (array['Lions','Ravens','Comets','Titans'])[1 + (t / 8) % 4]
       from generate_series(0, $2::int - 1) t, generate_series(0, $3::int - 1) k`,
      [seed, tournaments, TEAMS],
    );
    let lines = 0;
    for (let from = 0; from < matches; from += CHUNK) {
      const to = Math.min(from + CHUNK, matches) - 1;
      await client.query(
        `insert into matches (id, tournament_id, game, home_participant_id, away_participant_id, status, home_score, away_score, winner_id, outcome, best_of, scheduled_at, started_at, ended_at)
         select $1 || '-m' || i, $1 || '-t' || t, pg_temp.game_of(t), 'team-' || home, 'team-' || away, status, score_home, score_away,
           case when status = 'COMPLETED' and score_home <> score_away then 'team-' || case when score_home > score_away then home else away end end,
           case when status = 'COMPLETED' then 'played' end, 1, at, at, case when status = 'COMPLETED' then at + interval '50 minutes' end
         from (
           select i, i / ${String(MATCHES_PER_TOURNAMENT)} as t, i % ${String(TEAMS)} as home, (i + 1 + i / ${String(TEAMS)} % ${String(TEAMS - 1)}) % ${String(TEAMS)} as away,
             case when i % 50 = 49 then 'CANCELLED' when i % 50 = 7 then 'LIVE' else 'COMPLETED' end as status,
             pg_temp.count_of('h' || i, 10) as score_home, pg_temp.count_of('a' || i, 10) as score_away,
             timestamptz '2024-01-06' + (i / ${String(MATCHES_PER_TOURNAMENT)}) * interval '1 day' + (i % ${String(MATCHES_PER_TOURNAMENT)}) * interval '3 minutes' as at
           from generate_series($2::int, $3::int) i
         ) m`,
        [seed, from, to],
      );
      // Ten slots a match, each with players of its own residue, so that nobody plays a match twice.
      const written = await client.query(
        `insert into game_stats (user_id, game, match_id, tournament_id, participant_id, stats, created_at, updated_at)
         select $1 || '-p' || p, game, $1 || '-m' || i, $1 || '-t' || t, case when slot < 5 then 'team-' || i % ${String(TEAMS)} else 'team-' || (i + 1 + i / ${String(TEAMS)} % ${String(TEAMS - 1)}) % ${String(TEAMS)} end,
           case game
             when 'CSGO' then jsonb_build_object('kills', kills, 'deaths', pg_temp.count_of('d' || i || slot, 17), 'assists', pg_temp.count_of('s' || i || slot, 5), 'headshots', kills / 3,
               'damage', kills * 97 + p % 50, 'mvpStars', kills / 8, 'weapon', (array['AK-47','M4A1-S','AWP','Desert Eagle','MP9'])[1 + (i + slot) % 5])
             when 'LOL' then jsonb_build_object('kills', kills / 2, 'deaths', pg_temp.count_of('d' || i || slot, 6), 'assists', pg_temp.count_of('s' || i || slot, 8), 'cs', pg_temp.count_of('c' || i || slot, 190),
               'gold', 6000 + kills * 420, 'champion', (array['Yasuo','Ahri','Lee Sin','Jinx','Thresh','Zed','Lux','Ashe','Ezreal','Vi','Ekko','Akali','Garen','Darius','Annie','Braum','Caitlyn','Corki','Draven','Elise',
                 'Fiora','Galio','Gnar','Irelia','Janna','Jax','Jhin','Karma','Kayn','Leona','Lulu','Malphite','Nami','Nasus','Olaf','Orianna','Poppy','Quinn','Rakan','Riven'])[1 + floor(40 * power(pg_temp.unit('h' || i || slot), 2))::int],
               'role', (array['top','jungle','mid','bot','support'])[1 + slot % 5], 'visionScore', pg_temp.count_of('v' || i || slot, 30))
             else jsonb_build_object('goals', kills / 9, 'assists', pg_temp.count_of('s' || i || slot, 1.2), 'tackles', pg_temp.count_of('d' || i || slot, 3), 'passes', pg_temp.count_of('c' || i || slot, 42),
               'passAccuracy', round((60 + 39 * pg_temp.unit('v' || i || slot))::numeric, 1), 'shotsOnTarget', kills / 6, 'possession', round((35 + 30 * pg_temp.unit('o' || i || slot / 5))::numeric, 1))
           end,
           timestamptz '2024-01-06' + t * interval '1 day', timestamptz '2024-01-06' + t * interval '1 day'
         from (
           select i, slot, i / ${String(MATCHES_PER_TOURNAMENT)} as t, pg_temp.game_of(i / ${String(MATCHES_PER_TOURNAMENT)}) as game,
             slot + ${String(PLAYERS_PER_MATCH)} * floor($4::int / ${String(PLAYERS_PER_MATCH)} * power(pg_temp.unit('p' || i || '.' || slot), ${String(SKEW)}))::int as p, pg_temp.count_of('k' || i || slot, 18) as kills
           from generate_series($2::int, $3::int) i, generate_series(0, ${String(PLAYERS_PER_MATCH - 1)}) slot
           where i * ${String(PLAYERS_PER_MATCH)} + slot < $5::int
         ) line`,
        [seed, from, to, players, rows],
      );
      lines += written.rowCount ?? 0;
      progress(lines);
    }
    folding();
    await foldEverything(client);
    await client.query('vacuum (analyze) users, tournaments, participants, matches, game_stats, player_totals, stat_deltas');
    return { lines, matches, players };
  } finally {
    await client.end();
  }
}

/** All at once: each player is written once, where the worker's batches would write the active ones again and again. */
export async function foldEverything(client: pg.Client): Promise<void> {
  await client.query('vacuum analyze game_stats, stat_deltas');
  for (;;) {
    await client.query('begin');
    const done = await fold(async <Row>({ text, values }: Prisma.Sql) => (await client.query(text, values)).rows as Row[], EVERYTHING);
    await client.query('commit');
    if (done) return;
    // A server's worker is at it: the rest is ours.
    await pause(WAIT_MS);
  }
}
