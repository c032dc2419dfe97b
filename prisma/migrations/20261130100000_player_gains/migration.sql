-- Between lines and totals: what players gained by folds of many lines, without the rankings' indexes
-- (src/modules/analytics/queries/gains.ts). Its rows are changed with every such fold, so half of each page is left to them.
CREATE TABLE "player_gains" (LIKE "player_totals" INCLUDING DEFAULTS,
    CONSTRAINT "player_gains_pkey" PRIMARY KEY ("user_id","game")
);
ALTER TABLE "player_gains" SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);

CREATE OR REPLACE FUNCTION stat_totals_rebuild() RETURNS void LANGUAGE plpgsql AS $$
declare
  -- Every transaction below has ended; those of 1 and 2 are none.
  ended constant bigint := pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 3;
begin
  -- The worker's lock first: it holds that one while it waits for rows.
  perform pg_advisory_xact_lock(hashtextextended('grandstand stat totals', 0));
  lock table tournaments, participants, matches, game_stats in share row exclusive mode;
  perform set_config('grandstand.rebuilding', 'on', true);
  update game_stats set xid = (3 + (hashtext(match_id) & 1073741823) % ended)::text::xid8 where xid > pg_current_xact_id();
  perform set_config('grandstand.rebuilding', '', true);
  delete from player_totals;
  delete from player_gains;
  delete from stat_deltas;
  update stat_watermark set folded = '1:1:', updated_at = now();
  perform stat_journal_tournaments(array(select id from tournaments where visibility = 'public'), 1, true);
end $$;
