/** Which stats have totals, and under which names: the one place that decides what can be answered fast. */
import { Prisma } from '../../../generated/prisma/client.js';

/** A row of totals that spans every game. */
export const ALL_GAMES = '*';

/**
 * The stats of `player_totals`, each with a sum and a count of the lines that hold it, named as their JSON keys in
 * snake case. A stat that is not here, such as a new game's, is ranked from its lines: exact, and slower as they grow.
 */
const COLUMNS = {
  kills: 'kills',
  deaths: 'deaths',
  assists: 'assists',
  headshots: 'headshots',
  damage: 'damage',
  mvpStars: 'mvp_stars',
  goals: 'goals',
  tackles: 'tackles',
  passes: 'passes',
  passAccuracy: 'pass_accuracy',
  shotsOnTarget: 'shots_on_target',
  possession: 'possession',
  cs: 'cs',
  gold: 'gold',
  visionScore: 'vision_score',
} as const;

export interface StatColumn {
  /** Its key in a stat line. */
  stat: string;
  sum: Prisma.Sql;
  lines: Prisma.Sql;
}

// Our own constants: the only text that is put into a query and not bound.
const columnOf = ([stat, column]: [string, string]): StatColumn => ({ stat, sum: Prisma.raw(column), lines: Prisma.raw(`${column}_lines`) });

export const STAT_COLUMNS: readonly StatColumn[] = Object.entries(COLUMNS).map(columnOf);

/** The columns of totals that a line of these stats changes. */
export const totalsColumns = (stats: readonly StatColumn[]): Prisma.Sql[] => ['lines', 'played', 'wins'].map(Prisma.raw).concat(stats.flatMap(({ sum, lines }) => [sum, lines]));

/** Adds rows of `game, user_id` and those columns to a table that has them for its players. In the order of its key, whoever writes to it. */
export const addTotals = (table: 'player_totals' | 'player_gains', stats: readonly StatColumn[], rows: Prisma.Sql): Prisma.Sql => {
  const [name, columns] = [Prisma.raw(table), totalsColumns(stats)];
  return Prisma.sql`
    insert into ${name} (game, user_id, ${Prisma.join(columns)}) ${rows}
    on conflict (game, user_id) do update set ${Prisma.join(columns.map((column) => Prisma.sql`${column} = ${name}.${column} + excluded.${column}`))}`;
};

const byStat = new Map(STAT_COLUMNS.map((column) => [column.stat, column]));

export const statColumn = (stat: string): StatColumn | undefined => byStat.get(stat);

/** What narrows a ranking down. */
export interface RankingFilter {
  game?: string;
  tournamentId?: string;
  /** The match's date: when it was scheduled for, else when it started. Inclusive. */
  from?: string;
  to?: string;
}

/** Totals are by player and game: whatever is narrowed down further is read from the lines. */
export const hasTotals = ({ tournamentId, from, to }: RankingFilter): boolean => tournamentId === undefined && from === undefined && to === undefined;

/** A stat's number; null where it is missing or no number, so that no line can fail a query. */
export const numberOf = (value: Prisma.Sql): Prisma.Sql => Prisma.sql`case when jsonb_typeof(${value}) = 'number' then (${value})::numeric end`;

/** The number of a stat in the line `stats`. */
export const numberIn = (stats: Prisma.Sql, stat: string): Prisma.Sql => numberOf(Prisma.sql`${stats} -> ${stat}::text`);

/** Whether somebody keeps the totals: on a distributed database (prisma/citus/distribute.sql) nobody does. They are neither read nor folded there. */
export const totalsKeptSql = Prisma.sql`select exists (select from pg_trigger where tgname = 'stat_lines_inserted') as kept`;
