-- Writers in bulk on every core leave the worker too little of one: the unfolded grow without end, and rankings with them
-- slow down. So a worker that is behind holds a lock while it folds (src/modules/analytics/queries/fold-totals.ts), and
-- whoever has written many lines at once waits for it. Nobody waits who writes a match's lines.

-- Takes the lock and lets it go at once, with the block: it is not held to the end of the transaction, which the worker would have to wait for.
CREATE FUNCTION stat_writers_wait() RETURNS void LANGUAGE plpgsql AS $$
begin
  perform pg_advisory_xact_lock_shared(hashtextextended('grandstand stat totals are behind', 0));
  raise exception using errcode = 'GS001';
exception when sqlstate 'GS001' then
  null;
end $$;

-- As before, but for the last lines.
CREATE OR REPLACE FUNCTION stat_lines_changed() RETURNS trigger LANGUAGE plpgsql AS $$
declare
  sign constant int := tg_argv[0];
  match_ids text[];
  to_journal boolean;
  completed boolean;
  written int;
begin
  select array_agg(match_id), bool_or(older), sum(rows) into match_ids, to_journal, written from (select match_id, bool_or(xid <> pg_current_xact_id()) as older, count(*) as rows from lines group by match_id) each_match;
  -- Against a change of what counts, until the transaction ends.
  select bool_or(status = 'COMPLETED') into completed from (select status from matches where id = any(match_ids) order by id for share) locked;
  if to_journal or completed then
    insert into stat_deltas (xid, user_id, game, tournament_id, lines, stats, played, wins)
    select d.xid, d.user_id, d.game, d.tournament_id, d.lines, d.stats, d.played, d.wins
    from lines g join matches m on m.id = g.match_id join tournaments t on t.id = m.tournament_id
    cross join lateral stat_line_deltas(sign, false, m, g.xid, g.user_id, g.game, g.participant_id, g.stats) d
    where m.status <> 'CANCELLED' and t.visibility = 'public';
  end if;
  if tg_op = 'INSERT' and written >= 100 then
    perform stat_writers_wait();
  end if;
  return null;
end $$;
