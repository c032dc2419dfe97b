/**
 * Folds deltas into the totals. Only rows of transactions that had all ended are taken (`xid` below the horizon), so the
 * statements of one fold see the same rows; in key order, one worker at a time. The totals, the deletes and the watermark
 * are committed together: a reader finds a delta either in the totals or above the watermark, never in both or neither.
 */
import { Prisma } from '../../../generated/prisma/client.js';
import { ALL_GAMES, numberIn, STAT_COLUMNS } from './ranked-stats.js';

/** Shared by every instance, and by `stat_totals_rebuild()`. With memory enough to aggregate a batch without files. */
export const tryFoldLockSql = Prisma.sql`
  select pg_try_advisory_xact_lock(hashtextextended('grandstand stat totals', 0)) as locked, set_config('work_mem', '64MB', true) as work_mem`;

export interface FoldRange {
  low: string;
  /** Exclusive. */
  high: string;
  /** How many rows it has. */
  rows: number;
  /** More lies between `high` and the horizon. */
  more: boolean;
}

/** At most about `batch` rows, cut between transactions; one transaction that wrote more is a range of its own. */
export const foldRangeSql = (batch: number): Prisma.Sql => Prisma.sql`
  select r.low::text, r.high::text, r.more, (select count(*)::int from stat_deltas d where d.xid >= r.low and d.xid < r.high) as rows
  from (
    select w.xid as low, b.xid is not null as more,
      case when b.xid is null then greatest(h.xid, w.xid)
           when b.xid > f.xid then b.xid
           else (f.xid::text::numeric + 1)::text::xid8 end as high
    from stat_watermark w
    cross join (select pg_snapshot_xmin(pg_current_snapshot()) as xid) h
    left join lateral (select d.xid from stat_deltas d where d.xid >= w.xid and d.xid < h.xid order by d.xid limit 1) f on true
    left join lateral (select d.xid from stat_deltas d where d.xid >= w.xid and d.xid < h.xid order by d.xid offset ${batch}::int limit 1) b on true
  ) r`;

/**
 * A share of a range that is too large for one fold: about one in `of` of its players, drawn anew each time. Their rows
 * go, the others stay above the watermark, which does not move; a reader sees no difference.
 */
export interface Share {
  of: number;
  salt: string;
}

const rowsIn = ({ low, high }: FoldRange, share: Share | null): Prisma.Sql => Prisma.sql`
  xid >= ${low}::text::xid8 and xid < ${high}::text::xid8
  ${share ? Prisma.sql`and hashtext(user_id || ${share.salt}::text) & 1073741823 < 1073741824 / ${share.of}::int` : Prisma.empty}`;

const names = Prisma.join(STAT_COLUMNS.flatMap(({ sum, lines }) => [sum, lines]));
const summed = Prisma.join(STAT_COLUMNS.flatMap(({ sum, lines }) => [Prisma.sql`sum(${sum}) as ${sum}`, Prisma.sql`sum(${lines}) as ${lines}`]));
const numbers = Prisma.join(STAT_COLUMNS.map(({ stat, sum }) => Prisma.sql`${numberIn(Prisma.sql`stats`, stat)} as ${sum}`));
const signed = Prisma.join(
  STAT_COLUMNS.flatMap(({ sum, lines }) => [Prisma.sql`coalesce(sum(d.lines * d.${sum}), 0) as ${sum}`, Prisma.sql`coalesce(sum(d.lines) filter (where d.${sum} is not null), 0) as ${lines}`]),
);
const added = Prisma.join(['lines', 'played', 'wins'].map(Prisma.raw).concat(STAT_COLUMNS.flatMap(({ sum, lines }) => [sum, lines])).map((column) => Prisma.sql`${column} = player_totals.${column} + excluded.${column}`));

export const foldSql = (range: FoldRange, share: Share | null): Prisma.Sql => Prisma.sql`
  insert into player_totals (game, user_id, lines, played, wins, ${names})
  select key.game, per_game.user_id, sum(per_game.lines), sum(per_game.played), sum(per_game.wins), ${summed}
  from (
    select d.user_id, d.game, sum(d.lines) as lines, sum(d.played) as played, sum(d.wins) as wins, ${signed}
    from (
      -- "offset 0": each number is taken out of its line once.
      select user_id, game, lines, played, wins, ${numbers}
      from stat_deltas
      where ${rowsIn(range, share)}
      offset 0
    ) d
    group by d.user_id, d.game
  ) per_game
  cross join lateral (values (per_game.game), (${ALL_GAMES}::text)) as key (game)
  group by key.game, per_game.user_id
  order by key.game, per_game.user_id
  on conflict (game, user_id) do update set ${added}`;

/** What was folded is deleted in its own range: an earlier one's dead rows are not passed again. Answers whom it concerned. */
export const dropFoldedSql = (range: FoldRange, share: Share | null): Prisma.Sql => Prisma.sql`
  with folded as (delete from stat_deltas where ${rowsIn(range, share)} returning game, tournament_id)
  select game, tournament_id, count(*)::int as rows from folded group by game, tournament_id`;

export const moveWatermarkSql = ({ high }: FoldRange): Prisma.Sql => Prisma.sql`update stat_watermark set xid = ${high}::text::xid8, updated_at = now() where id = 1`;

/** How far the totals lag: rows that reads have to add (counted up to a bound), and who keeps the oldest of them from being folded. */
export const backlogSql = (countedUpTo: number): Prisma.Sql => Prisma.sql`
  select (select count(*)::int from (select 1 from stat_deltas where xid >= w.xid limit ${countedUpTo}::int) counted) as rows,
    pinned.pid, pinned.seconds
  from stat_watermark w
  left join lateral (
    select a.pid, extract(epoch from clock_timestamp() - a.xact_start)::float8 as seconds
    from pg_stat_activity a where a.backend_xid is not null order by age(a.backend_xid) desc limit 1
  ) pinned on true`;
