-- A rebuild of millions of lines, as a restored dump needs it. Two things made it take too long.
--
-- It gives lines from the future of this server another `xid`, and that update journaled each of them twice, to be deleted
-- a moment later: a third of the time, and a table of dead rows behind it. The triggers leave out what a rebuild does.
--
-- All lines had the rebuild's own xid, which is one transaction and cannot be cut: each part of the players was folded by
-- a statement that read all lines. They get the xids of transactions that ended long ago, spread by match, and are folded
-- in batches as any others.

CREATE OR REPLACE FUNCTION stat_lines_changed() RETURNS trigger LANGUAGE plpgsql AS $$
declare
  sign constant int := tg_argv[0];
  match_ids text[];
  to_journal boolean;
  completed boolean;
begin
  if current_setting('grandstand.rebuilding', true) = 'on' then
    return null;
  end if;
  select array_agg(match_id), bool_or(older) into match_ids, to_journal from (select match_id, bool_or(xid <> pg_current_xact_id()) as older from lines group by match_id) each_match;
  -- Against a change of what counts, until the transaction ends.
  select bool_or(status = 'COMPLETED') into completed from (select status from matches where id = any(match_ids) order by id for share) locked;
  if to_journal or completed then
    insert into stat_deltas (xid, user_id, game, tournament_id, lines, stats, played, wins)
    select d.xid, d.user_id, d.game, d.tournament_id, d.lines, d.stats, d.played, d.wins
    from lines g join matches m on m.id = g.match_id join tournaments t on t.id = m.tournament_id
    cross join lateral stat_line_deltas(sign, false, m, g.xid, g.user_id, g.game, g.participant_id, g.stats) d
    where m.status <> 'CANCELLED' and t.visibility = 'public';
  end if;
  return null;
end $$;

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
  delete from stat_deltas;
  update stat_watermark set folded = '1:1:', updated_at = now();
  perform stat_journal_match(m, 1, true) from matches m join tournaments t on t.id = m.tournament_id where t.visibility = 'public';
end $$;
