/**
 * What a seed consists of, as SQL: everything is derived from hashes of the numbers of matches and slots, so the same
 * call gives the same rows whatever the plan, the machine or the order they are written in. A line takes two hashes of one
 * number, and each of its stats a few bits of one. All ids begin with the seed's name.
 */
const PLAYERS_PER_MATCH = 10;
const MATCHES_PER_TOURNAMENT = 400;
const TEAMS = 8;

export interface SeedSize {
  seed: string;
  /** Stat lines. */
  rows: number;
  matches: number;
  tournaments: number;
  players: number;
}

export function sizeOf(seed: string, rows: number): SeedSize {
  const matches = Math.ceil(rows / PLAYERS_PER_MATCH);
  return { seed, rows, matches, tournaments: Math.ceil(matches / MATCHES_PER_TOURNAMENT), players: Math.max(PLAYERS_PER_MATCH, Math.ceil(rows / 20 / PLAYERS_PER_MATCH) * PLAYERS_PER_MATCH) };
}

/** What rows are written to: the tables, or those that stand in for them. */
export type TableOf = (table: string) => string;

interface Statement {
  text: string;
  values: unknown[];
}

const BITS = { player: 24, number: 10 } as const;
const bits = (hash: string, from: number, count: number): string => `((${hash} >> ${String(from)}) & ${String(2 ** count - 1)})`;
const unit = (hash: string, from: number, count: number = BITS.number): string => `(${bits(hash, from, count)} / ${String(2 ** count)}.0::float8)`;
/** A whole number around `mean`: between a fifth of it and nine fifths. */
const countOf = (mean: number, hash: string, from: number): string => `floor(${String(mean)} * (0.2 + 1.6 * ${unit(hash, from)}))::int`;
/** With one decimal. */
const tenthsOf = (low: number, spread: number, hash: string, from: number): string => `(${String(low * 10)} + floor(${String(spread * 10)} * ${unit(hash, from)}))::int * 0.1`;
const hashOf = (number: string, kind: number): string => `hashint8extended(${number}, ${String(kind)})`;
const oneOf = (words: readonly string[], index: string): string => `(array[${words.map((word) => `'${word}'`).join(',')}])[1 + ${index}]`;

const FIRST = ['Nova', 'Kraken', 'Echo', 'Sable', 'Onyx', 'Vex', 'Lumen', 'Rogue', 'Pixel', 'Zephyr', 'Mako', 'Quill', 'Ember', 'Drift', 'Jinx', 'Orbit'];
const SECOND = ['fox', 'blade', 'storm', 'byte', 'wolf', 'ray', 'moth', 'king', 'ghost', 'spark', 'viper', 'shade'];
const WEAPONS = ['AK-47', 'M4A1-S', 'AWP', 'Desert Eagle', 'MP9'];
// In the order of how often they are picked.
const CHAMPIONS = [
  ...['Yasuo', 'Ahri', 'Lee Sin', 'Jinx', 'Thresh', 'Zed', 'Lux', 'Ashe', 'Ezreal', 'Vi', 'Ekko', 'Akali', 'Garen', 'Darius', 'Annie', 'Braum', 'Caitlyn', 'Corki', 'Draven', 'Elise'],
  ...['Fiora', 'Galio', 'Gnar', 'Irelia', 'Janna', 'Jax', 'Jhin', 'Karma', 'Kayn', 'Leona', 'Lulu', 'Malphite', 'Nami', 'Nasus', 'Olaf', 'Orianna', 'Poppy', 'Quinn', 'Rakan', 'Riven'],
];

const GAME_OF = (tournament: string): string => oneOf(['CSGO', 'LOL', 'CSGO', 'LOL', 'FIFA'], `${tournament} % 5`);
const DAY_OF = (tournament: string): string => `timestamptz '2024-01-06' + ${tournament} * interval '1 day'`;

/** Of the numbers `a` and `b` of a line, and of its slot. */
const STATS: Record<string, string> = {
  CSGO: `jsonb_build_object('kills', kills, 'deaths', ${countOf(17, 'a', 34)}, 'assists', ${countOf(5, 'a', 44)}, 'headshots', kills / 3,
    'damage', kills * 97 + player % 50, 'mvpStars', kills / 8, 'weapon', ${oneOf(WEAPONS, '(i + slot) % 5')})`,
  LOL: `jsonb_build_object('kills', kills / 2, 'deaths', ${countOf(6, 'a', 34)}, 'assists', ${countOf(8, 'a', 44)}, 'cs', ${countOf(190, 'a', 54)},
    'gold', 6000 + kills * 420, 'champion', ${oneOf(CHAMPIONS, `floor(${String(CHAMPIONS.length)} * ${unit('b', 0)} * ${unit('b', 0)})::int`)},
    'role', ${oneOf(['top', 'jungle', 'mid', 'bot', 'support'], 'slot % 5')}, 'visionScore', ${countOf(30, 'b', 10)})`,
  FIFA: `jsonb_build_object('goals', kills / 9, 'assists', ${countOf(1.2, 'a', 44)}, 'tackles', ${countOf(3, 'a', 34)}, 'passes', ${countOf(42, 'a', 54)},
    'passAccuracy', ${tenthsOf(60, 39, 'b', 10)}, 'shotsOnTarget', kills / 6, 'possession', ${tenthsOf(35, 30, hashOf('i * 2 + slot / 5', 4), 0)})`,
};

export const SEEDED_GAMES: readonly string[] = Object.keys(STATS);

export const usersSql = (into: TableOf, { seed, players }: SeedSize): Statement => ({
  text: `
    insert into ${into('users')} (id, username, role)
    select $1 || '-p' || i, ${oneOf(FIRST, '(i * 7) % 16')} || ${oneOf(SECOND, '(i / 16) % 12')} || case when i < 192 then '' else (i / 192)::text end, 'PLAYER'
    from generate_series(0, $2::int - 1) i`,
  values: [seed, players],
});

export const tournamentsSql = (into: TableOf, { seed, tournaments }: SeedSize): Statement => ({
  text: `
    insert into ${into('tournaments')} (id, name, game, visibility, owner_id, starts_at)
    select $1 || '-t' || t, ${oneOf(['Spring', 'Summer', 'Autumn', 'Winter'], 't % 4')} || ' ' || ${oneOf(['Open', 'Masters', 'Cup', 'League', 'Invitational'], '(t / 4) % 5')} || ' ' || (t + 1),
      ${GAME_OF('t')}, case when t % 20 = 13 then 'private' else 'public' end, $1 || '-owner', ${DAY_OF('t')}
    from generate_series(0, $2::int - 1) t`,
  values: [seed, tournaments],
});

export const participantsSql = (into: TableOf, { seed, tournaments }: SeedSize): Statement => ({
  text: `
    insert into ${into('participants')} (tournament_id, id, name)
    select $1 || '-t' || t, 'team-' || k, ${oneOf(['Red', 'Blue', 'Iron', 'Wild', 'Royal', 'Silent', 'Golden', 'North'], '(k + t) % 8')} || ' ' || ${oneOf(['Lions', 'Ravens', 'Comets', 'Titans'], '(t / 8) % 4')}
    from generate_series(0, $2::int - 1) t, generate_series(0, ${String(TEAMS - 1)}) k`,
  values: [seed, tournaments],
});

/** The matches from $2 to $3: each meets the next seven teams in turn. */
const MATCHES = `
  select i, i / ${String(MATCHES_PER_TOURNAMENT)} as t, 'team-' || i % ${String(TEAMS)} as home, 'team-' || (i + 1 + i / ${String(TEAMS)} % ${String(TEAMS - 1)}) % ${String(TEAMS)} as away
  from generate_series($2::int, $3::int) i`;

export const matchesSql = (into: TableOf, { seed }: SeedSize, from: number, to: number): Statement => ({
  text: `
    insert into ${into('matches')} (id, tournament_id, game, home_participant_id, away_participant_id, status, home_score, away_score, winner_id, outcome, best_of, scheduled_at, started_at, ended_at)
    select $1 || '-m' || i, $1 || '-t' || t, ${GAME_OF('t')}, home, away, status, home_score, away_score,
      case when status = 'COMPLETED' and home_score <> away_score then case when home_score > away_score then home else away end end,
      case when status = 'COMPLETED' then 'played' end, 1, at, at, case when status = 'COMPLETED' then at + interval '50 minutes' end
    from (
      select *, case when i % 50 = 49 then 'CANCELLED' when i % 50 = 7 then 'LIVE' else 'COMPLETED' end as status,
        ${countOf(10, 'hash', 0)} as home_score, ${countOf(10, 'hash', 10)} as away_score, ${DAY_OF('t')} + (i % ${String(MATCHES_PER_TOURNAMENT)}) * interval '3 minutes' as at
      from (select *, ${hashOf('i', 3)} as hash from (${MATCHES}) m offset 0) m
    ) m`,
  values: [seed, from, to],
});

/**
 * One game's lines in matches `from` to `to`. Ten slots a match, each with players of its own residue, so that nobody
 * plays a match twice; uniform numbers cubed, so that of 50,000 players the most active plays in one match of 17, half of
 * them in less than one of 10,000.
 */
export const linesSql = (into: string, game: string, { seed, rows, players }: SeedSize, from: number, to: number): Statement => ({
  text: `
    insert into ${into} (user_id, game, match_id, tournament_id, participant_id, stats, created_at, updated_at)
    select $1 || '-p' || player, '${game}', match_id, tournament_id, case when slot < 5 then home else away end, ${STATS[game] ?? ''}, day, day
    from (
      select *, slot + ${String(PLAYERS_PER_MATCH)} * floor($4::int / ${String(PLAYERS_PER_MATCH)} * (skew * skew * skew))::int as player
      from (
        select *, ${unit('a', 0, BITS.player)} as skew, ${countOf(18, 'a', 24)} as kills
        from (
          select m.*, slot, ${hashOf(`i * ${String(PLAYERS_PER_MATCH)} + slot`, 1)} as a, ${hashOf(`i * ${String(PLAYERS_PER_MATCH)} + slot`, 2)} as b
          from (select *, $1 || '-m' || i as match_id, $1 || '-t' || t as tournament_id, ${DAY_OF('t')} as day from (${MATCHES}) m where ${GAME_OF('t')} = '${game}' offset 0) m,
            generate_series(0, ${String(PLAYERS_PER_MATCH - 1)}) slot
          where i * ${String(PLAYERS_PER_MATCH)} + slot < $5::int offset 0
        ) line offset 0
      ) line offset 0
    ) line`,
  values: [seed, from, to, players, rows],
});
