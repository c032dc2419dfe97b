-- Lines were written twice, as rows and as deltas, and the deltas folded and deleted. From here on a line is folded where it
-- stands, found by the transaction that wrote it.

DO $$
declare
  each record;
begin
  -- On the tables and on every partition.
  for each in select tgname, tgrelid::regclass as relation from pg_trigger where tgname like 'stat\_%' and not tgisinternal loop
    execute format('drop trigger %I on %s', each.tgname, each.relation);
  end loop;
end $$;
DROP FUNCTION stat_lines_inserted, stat_lines_updated, stat_lines_deleted, stat_lines_truncated, stat_match_changed, stat_visibility_changed,
  stat_participant_settled, stat_totals_rebuild, stat_lock_matches, stat_journal_match;

-- AlterTable
-- The lines that are there are those of the oldest transaction there can be: a constant, so that no row is written.
ALTER TABLE "game_stats" ADD COLUMN "xid" xid8 NOT NULL DEFAULT '3';
ALTER TABLE "game_stats" ALTER COLUMN "xid" SET DEFAULT pg_current_xact_id();

-- CreateIndex
CREATE INDEX "game_stats_xid_idx" ON "game_stats"("xid");

-- AlterTable
ALTER TABLE "stat_deltas" ALTER COLUMN "xid" DROP DEFAULT;

-- AlterTable
-- The rebuild below says what is folded: nothing.
ALTER TABLE "stat_watermark" ADD COLUMN "folded" pg_snapshot NOT NULL DEFAULT '1:1:';
ALTER TABLE "stat_watermark" ALTER COLUMN "folded" DROP DEFAULT;
ALTER TABLE "stat_watermark" DROP COLUMN "xid";

-- What counts, once, in SQL (the rankings' raw queries say the same):
--   a line's stats: its match is not CANCELLED and its tournament is public;
--   a match in a player's record: it is COMPLETED besides, and one of its sides is that user, or the user has a line in it;
--   a win: that side, or the line's participant, is the winner. Each match counts once for a player, however often they are in it.
--
-- A line counts at its `xid`, the transaction that wrote it, with what it is now: an insert journals nothing. Whoever
-- changes later what a line counts (by an update, a delete, a cancellation, a visibility) appends signed rows to
-- stat_deltas: what it counts now minus what it counted, at their own xid, and the contrary at the line's, unless that
-- one is in the totals already. So the sum over one xid is the same before and after the change, for every snapshot, and
-- a fold that takes the line's xid and not the change's is right whether it sees the change or not. What the record
-- gains or loses is journaled at the xid of the change alone.
-- They only append, so they cannot deadlock. Whoever writes lines holds a share lock on their matches; whoever changes
-- what counts (a match's status or winner, a tournament's visibility) holds these matches for update: neither misses the
-- other's rows. They read committed, as every writer of ours does. Guarded by test/totals.test.ts.

-- The rows that one line's coming (sign 1) or going (-1) leaves in the journal, in a match that counts. `record_only`: its stats went on counting.
CREATE FUNCTION stat_line_deltas(sign int, record_only boolean, m matches, line_xid xid8, line_user text, line_game text, line_participant text, line_stats jsonb)
RETURNS TABLE (xid xid8, user_id text, game text, tournament_id text, lines int, stats jsonb, played int, wins int) LANGUAGE sql STABLE AS $$
  select delta.xid, line_user, line_game, m.tournament_id, delta.lines, case when delta.lines <> 0 then line_stats end, delta.played, delta.wins
  from (
    select
      case when m.status = 'COMPLETED' and not exists (
        select from participants p where p.tournament_id = m.tournament_id and p.id in (m.home_participant_id, m.away_participant_id) and p.user_id = line_user
      ) then sign else 0 end as played,
      case when m.status = 'COMPLETED' and line_participant = m.winner_id and not exists (
        select from participants p where p.tournament_id = m.tournament_id and p.id = m.winner_id and p.user_id = line_user
      ) then sign else 0 end as wins,
      case when record_only or line_xid = pg_current_xact_id() then 0 else sign end as lines
  ) change
  cross join lateral (values
    (pg_current_xact_id(), change.lines, change.played, change.wins),
    (line_xid, case when change.lines = 0 or pg_visible_in_snapshot(line_xid, (select folded from stat_watermark)) then 0 else -sign end, 0, 0)
  ) delta (xid, lines, played, wins)
  where (delta.lines, delta.played, delta.wins) <> (0, 0, 0)
$$;

-- What a match's lines and sides contribute, times `sign`. `record_only`: the stats went on counting, the result changed.
CREATE FUNCTION stat_journal_match(m matches, sign int, record_only boolean) RETURNS void LANGUAGE plpgsql AS $$
begin
  if m.status = 'CANCELLED' or (record_only and m.status <> 'COMPLETED') then
    return;
  end if;
  insert into stat_deltas (xid, user_id, game, tournament_id, lines, stats, played, wins)
  select d.xid, d.user_id, d.game, d.tournament_id, d.lines, d.stats, d.played, d.wins
  from game_stats g cross join lateral stat_line_deltas(sign, record_only, m, g.xid, g.user_id, g.game, g.participant_id, g.stats) d
  where g.match_id = m.id;
  if m.status = 'COMPLETED' then
    insert into stat_deltas (xid, user_id, game, tournament_id, lines, played, wins)
    select pg_current_xact_id(), p.user_id, m.game, m.tournament_id, 0, sign, case when coalesce(bool_or(p.id = m.winner_id), false) then sign else 0 end
    from participants p
    where p.tournament_id = m.tournament_id and p.id in (m.home_participant_id, m.away_participant_id) and p.user_id is not null
    group by p.user_id;
  end if;
end $$;

-- For the rows of one statement that came (argument 1) or went (-1).
CREATE FUNCTION stat_lines_changed() RETURNS trigger LANGUAGE plpgsql AS $$
declare
  sign constant int := tg_argv[0];
  match_ids text[];
  to_journal boolean;
  completed boolean;
begin
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

CREATE FUNCTION stat_match_changed() RETURNS trigger LANGUAGE plpgsql AS $$
declare
  record_only boolean := false;
begin
  if not exists (select from tournaments where id = coalesce(new.tournament_id, old.tournament_id) and visibility = 'public') then
    return null;
  end if;
  if tg_op = 'UPDATE' then
    record_only := old.status <> 'CANCELLED' and new.status <> 'CANCELLED';
  end if;
  if tg_op <> 'INSERT' then
    perform stat_journal_match(old, -1, record_only);
  end if;
  if tg_op <> 'DELETE' then
    perform stat_journal_match(new, 1, record_only);
  end if;
  return null;
end $$;

-- Before a visibility changes: whoever is inserting a match of the tournament holds its row, by the foreign key, until they have ended.
CREATE FUNCTION stat_visibility_waits() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  perform from tournaments where id = old.id for update;
  return new;
end $$;

CREATE FUNCTION stat_visibility_changed() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  perform from matches where tournament_id = new.id order by id for update;
  perform stat_journal_match(m, case when new.visibility = 'public' then 1 else -1 end, false) from matches m where m.tournament_id = new.id;
  return null;
end $$;

-- Who stands behind a participant is part of the result of every match they completed: it is settled by then.
CREATE FUNCTION stat_participant_settled() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  perform from matches where tournament_id = old.tournament_id and old.id in (home_participant_id, away_participant_id) order by id for update;
  if exists (select from matches where tournament_id = old.tournament_id and old.id in (home_participant_id, away_participant_id) and status = 'COMPLETED') then
    raise exception 'participant % of % has completed matches: their user can no longer change', old.id, old.tournament_id using errcode = 'restrict_violation';
  end if;
  return new;
end $$;

-- All over again, from the rows: after a truncate, and on a server that a dump was restored to, whose transactions are numbered anew.
CREATE FUNCTION stat_totals_rebuild() RETURNS void LANGUAGE plpgsql AS $$
begin
  -- The worker's lock first: it holds that one while it waits for rows.
  perform pg_advisory_xact_lock(hashtextextended('grandstand stat totals', 0));
  lock table tournaments, participants, matches, game_stats in share row exclusive mode;
  update game_stats set xid = pg_current_xact_id() where xid > pg_current_xact_id();
  delete from player_totals;
  delete from stat_deltas;
  update stat_watermark set folded = '1:1:', updated_at = now();
  perform stat_journal_match(m, 1, true) from matches m join tournaments t on t.id = m.tournament_id where t.visibility = 'public';
end $$;
CREATE FUNCTION stat_lines_truncated() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  perform stat_totals_rebuild();
  return null;
end $$;

-- One for each kind of statement, with all its rows at once; they are on each partition too, for who writes to one by name (src/platform/database/partitions.ts).
CREATE TRIGGER stat_lines_inserted AFTER INSERT ON game_stats REFERENCING NEW TABLE AS lines FOR EACH STATEMENT EXECUTE FUNCTION stat_lines_changed('1');
CREATE TRIGGER stat_lines_updated_from AFTER UPDATE ON game_stats REFERENCING OLD TABLE AS lines FOR EACH STATEMENT EXECUTE FUNCTION stat_lines_changed('-1');
CREATE TRIGGER stat_lines_updated_to AFTER UPDATE ON game_stats REFERENCING NEW TABLE AS lines FOR EACH STATEMENT EXECUTE FUNCTION stat_lines_changed('1');
CREATE TRIGGER stat_lines_deleted AFTER DELETE ON game_stats REFERENCING OLD TABLE AS lines FOR EACH STATEMENT EXECUTE FUNCTION stat_lines_changed('-1');
CREATE TRIGGER stat_lines_truncated AFTER TRUNCATE ON game_stats FOR EACH STATEMENT EXECUTE FUNCTION stat_lines_truncated();
-- Row by row with a condition, so that the thousands of scores between start and end cost nothing here.
CREATE TRIGGER stat_match_inserted AFTER INSERT ON matches FOR EACH ROW WHEN (new.status = 'COMPLETED') EXECUTE FUNCTION stat_match_changed();
CREATE TRIGGER stat_match_deleted AFTER DELETE ON matches FOR EACH ROW WHEN (old.status = 'COMPLETED') EXECUTE FUNCTION stat_match_changed();
CREATE TRIGGER stat_match_updated AFTER UPDATE ON matches FOR EACH ROW
  WHEN ((old.status, old.winner_id, old.home_participant_id, old.away_participant_id) IS DISTINCT FROM (new.status, new.winner_id, new.home_participant_id, new.away_participant_id))
  EXECUTE FUNCTION stat_match_changed();
CREATE TRIGGER stat_visibility_waits BEFORE UPDATE ON tournaments FOR EACH ROW WHEN (old.visibility IS DISTINCT FROM new.visibility) EXECUTE FUNCTION stat_visibility_waits();
CREATE TRIGGER stat_visibility_changed AFTER UPDATE ON tournaments FOR EACH ROW WHEN (old.visibility IS DISTINCT FROM new.visibility) EXECUTE FUNCTION stat_visibility_changed();
CREATE TRIGGER stat_participant_settled BEFORE UPDATE ON participants FOR EACH ROW WHEN (old.user_id IS DISTINCT FROM new.user_id) EXECUTE FUNCTION stat_participant_settled();

SELECT stat_totals_rebuild();
