-- CreateTable
CREATE TABLE "stat_deltas" (
    "xid" xid8 NOT NULL DEFAULT pg_current_xact_id(),
    "user_id" TEXT NOT NULL,
    "game" TEXT NOT NULL,
    "tournament_id" TEXT NOT NULL,
    "lines" INTEGER NOT NULL,
    "stats" JSONB,
    "played" INTEGER NOT NULL,
    "wins" INTEGER NOT NULL
);

-- CreateTable
CREATE TABLE "stat_watermark" (
    "id" INTEGER NOT NULL,
    "xid" xid8 NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "stat_watermark_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "player_totals" (
    "game" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "lines" INTEGER NOT NULL DEFAULT 0,
    "played" INTEGER NOT NULL DEFAULT 0,
    "wins" INTEGER NOT NULL DEFAULT 0,
    "kills" DECIMAL(65,30) NOT NULL DEFAULT 0,
    "kills_lines" INTEGER NOT NULL DEFAULT 0,
    "deaths" DECIMAL(65,30) NOT NULL DEFAULT 0,
    "deaths_lines" INTEGER NOT NULL DEFAULT 0,
    "assists" DECIMAL(65,30) NOT NULL DEFAULT 0,
    "assists_lines" INTEGER NOT NULL DEFAULT 0,
    "headshots" DECIMAL(65,30) NOT NULL DEFAULT 0,
    "headshots_lines" INTEGER NOT NULL DEFAULT 0,
    "damage" DECIMAL(65,30) NOT NULL DEFAULT 0,
    "damage_lines" INTEGER NOT NULL DEFAULT 0,
    "mvp_stars" DECIMAL(65,30) NOT NULL DEFAULT 0,
    "mvp_stars_lines" INTEGER NOT NULL DEFAULT 0,
    "goals" DECIMAL(65,30) NOT NULL DEFAULT 0,
    "goals_lines" INTEGER NOT NULL DEFAULT 0,
    "tackles" DECIMAL(65,30) NOT NULL DEFAULT 0,
    "tackles_lines" INTEGER NOT NULL DEFAULT 0,
    "passes" DECIMAL(65,30) NOT NULL DEFAULT 0,
    "passes_lines" INTEGER NOT NULL DEFAULT 0,
    "pass_accuracy" DECIMAL(65,30) NOT NULL DEFAULT 0,
    "pass_accuracy_lines" INTEGER NOT NULL DEFAULT 0,
    "shots_on_target" DECIMAL(65,30) NOT NULL DEFAULT 0,
    "shots_on_target_lines" INTEGER NOT NULL DEFAULT 0,
    "possession" DECIMAL(65,30) NOT NULL DEFAULT 0,
    "possession_lines" INTEGER NOT NULL DEFAULT 0,
    "cs" DECIMAL(65,30) NOT NULL DEFAULT 0,
    "cs_lines" INTEGER NOT NULL DEFAULT 0,
    "gold" DECIMAL(65,30) NOT NULL DEFAULT 0,
    "gold_lines" INTEGER NOT NULL DEFAULT 0,
    "vision_score" DECIMAL(65,30) NOT NULL DEFAULT 0,
    "vision_score_lines" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "player_totals_pkey" PRIMARY KEY ("game","user_id")
);

-- CreateIndex
CREATE INDEX "stat_deltas_xid_idx" ON "stat_deltas"("xid");

-- CreateIndex
CREATE INDEX "player_totals_kills_idx" ON "player_totals"("game", "kills" DESC, "kills_lines", "user_id") WHERE (kills_lines > 0);

-- CreateIndex
CREATE INDEX "player_totals_goals_idx" ON "player_totals"("game", "goals" DESC, "goals_lines", "user_id") WHERE (goals_lines > 0);

-- CreateIndex
CREATE INDEX "game_stats_stats_idx" ON "game_stats" USING GIN ("stats" jsonb_path_ops);

-- A player's row is updated with every fold: room for it on its page, and pages cleaned before they are many.
ALTER TABLE "player_totals" SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
-- Written once, read once, deleted: cleaned by count, not by share of a table that is nearly empty.
ALTER TABLE "stat_deltas" SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0);
ALTER TABLE "stat_deltas" ADD CONSTRAINT "stat_deltas_lines_check" CHECK ("lines" BETWEEN -1 AND 1);
ALTER TABLE "stat_watermark" ADD CONSTRAINT "stat_watermark_one_row_check" CHECK ("id" = 1);
INSERT INTO "stat_watermark" ("id", "xid") VALUES (1, '0');

-- The leaderboard, in the order and with the rounding it is shown in; an expression index, which Prisma does not see.
-- For the default of five matches and more: fewer are asked for seldom and would fill its top with one-match wonders.
CREATE INDEX "player_totals_leaderboard_idx" ON "player_totals"
  ("game", (round(wins * 100.0 / played, 2)) DESC, (round((kills + assists) / greatest(deaths, 1), 2)) DESC, "played" DESC, "user_id")
  WHERE played >= 5;

-- What counts, once, in SQL (the rankings' raw queries say the same):
--   a line's stats: its match is not CANCELLED and its tournament is public;
--   a match in a player's record: it is COMPLETED besides, and one of its sides is that user, or the user has a line in it;
--   a win: that side, or the line's participant, is the winner. Each match counts once for a player, however often they are in it.
-- The triggers below write every change of that as signed rows into stat_deltas. They only append, so they cannot deadlock.
-- Whoever writes lines holds a share lock on their matches; whoever changes what counts (a match's status or winner,
-- a tournament's visibility) holds these matches for update: neither misses the other's rows.
-- They read committed, as every writer of ours does. Guarded by test/totals.test.ts.

-- What a match's lines and sides contribute, times `sign`. `record_only`: the stats went on counting, the result changed.
CREATE FUNCTION stat_journal_match(m matches, sign int, record_only boolean) RETURNS void LANGUAGE plpgsql AS $$
begin
  if m.status = 'CANCELLED' or (record_only and m.status <> 'COMPLETED') then
    return;
  end if;
  insert into stat_deltas (user_id, game, tournament_id, lines, stats, played, wins)
  select * from (
    select g.user_id, g.game, m.tournament_id,
      case when record_only then 0 else sign end as lines,
      case when record_only then null else g.stats end as stats,
      case when m.status = 'COMPLETED' and not exists (
        select from participants p where p.tournament_id = m.tournament_id and p.id in (m.home_participant_id, m.away_participant_id) and p.user_id = g.user_id
      ) then sign else 0 end as played,
      case when m.status = 'COMPLETED' and g.participant_id = m.winner_id and not exists (
        select from participants p where p.tournament_id = m.tournament_id and p.id = m.winner_id and p.user_id = g.user_id
      ) then sign else 0 end as wins
    from game_stats g where g.match_id = m.id
  ) line
  where not record_only or played <> 0 or wins <> 0;
  if m.status = 'COMPLETED' then
    insert into stat_deltas (user_id, game, tournament_id, lines, played, wins)
    select p.user_id, m.game, m.tournament_id, 0, sign, case when coalesce(bool_or(p.id = m.winner_id), false) then sign else 0 end
    from participants p
    where p.tournament_id = m.tournament_id and p.id in (m.home_participant_id, m.away_participant_id) and p.user_id is not null
    group by p.user_id;
  end if;
end $$;

-- Locks the matches of written lines against a change of what counts, until the transaction ends.
CREATE FUNCTION stat_lock_matches(ids text[]) RETURNS void LANGUAGE sql AS $$
  select from matches where id = any(ids) order by id for share;
$$;

CREATE FUNCTION stat_lines_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  perform stat_lock_matches(array(select distinct match_id from new_lines));
  insert into stat_deltas (user_id, game, tournament_id, lines, stats, played, wins)
  select g.user_id, g.game, m.tournament_id, 1, g.stats,
    case when m.status = 'COMPLETED' and not exists (
      select from participants p where p.tournament_id = m.tournament_id and p.id in (m.home_participant_id, m.away_participant_id) and p.user_id = g.user_id
    ) then 1 else 0 end,
    case when m.status = 'COMPLETED' and g.participant_id = m.winner_id and not exists (
      select from participants p where p.tournament_id = m.tournament_id and p.id = m.winner_id and p.user_id = g.user_id
    ) then 1 else 0 end
  from new_lines g join matches m on m.id = g.match_id join tournaments t on t.id = m.tournament_id
  where m.status <> 'CANCELLED' and t.visibility = 'public';
  return null;
end $$;

CREATE FUNCTION stat_lines_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  perform stat_lock_matches(array(select distinct match_id from old_lines));
  insert into stat_deltas (user_id, game, tournament_id, lines, stats, played, wins)
  select g.user_id, g.game, m.tournament_id, -1, g.stats,
    case when m.status = 'COMPLETED' and not exists (
      select from participants p where p.tournament_id = m.tournament_id and p.id in (m.home_participant_id, m.away_participant_id) and p.user_id = g.user_id
    ) then -1 else 0 end,
    case when m.status = 'COMPLETED' and g.participant_id = m.winner_id and not exists (
      select from participants p where p.tournament_id = m.tournament_id and p.id = m.winner_id and p.user_id = g.user_id
    ) then -1 else 0 end
  from old_lines g join matches m on m.id = g.match_id join tournaments t on t.id = m.tournament_id
  where m.status <> 'CANCELLED' and t.visibility = 'public';
  return null;
end $$;

CREATE FUNCTION stat_lines_updated() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  perform stat_lock_matches(array(select match_id from old_lines union select match_id from new_lines));
  insert into stat_deltas (user_id, game, tournament_id, lines, stats, played, wins)
  select g.user_id, g.game, m.tournament_id, g.sign, g.stats,
    case when m.status = 'COMPLETED' and not exists (
      select from participants p where p.tournament_id = m.tournament_id and p.id in (m.home_participant_id, m.away_participant_id) and p.user_id = g.user_id
    ) then g.sign else 0 end,
    case when m.status = 'COMPLETED' and g.participant_id = m.winner_id and not exists (
      select from participants p where p.tournament_id = m.tournament_id and p.id = m.winner_id and p.user_id = g.user_id
    ) then g.sign else 0 end
  from (
    select -1 as sign, user_id, game, match_id, participant_id, stats from old_lines
    union all
    select 1, user_id, game, match_id, participant_id, stats from new_lines
  ) g join matches m on m.id = g.match_id join tournaments t on t.id = m.tournament_id
  where m.status <> 'CANCELLED' and t.visibility = 'public';
  return null;
end $$;

CREATE FUNCTION stat_match_changed() RETURNS trigger LANGUAGE plpgsql AS $$
declare
  record_only boolean := false;
begin
  -- Against a visibility that changes now: it waits for the rows of matches, and a new match has none to wait for yet.
  if tg_op = 'INSERT' then
    perform from tournaments where id = new.tournament_id for share;
  end if;
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

-- All over again, from the rows: after a truncate, and for rows that are older than the totals.
CREATE FUNCTION stat_totals_rebuild() RETURNS void LANGUAGE plpgsql AS $$
begin
  -- The worker's lock first: it holds that one while it waits for rows.
  perform pg_advisory_xact_lock(hashtextextended('grandstand stat totals', 0));
  lock table tournaments, participants, matches, game_stats in share row exclusive mode;
  delete from player_totals;
  delete from stat_deltas;
  perform stat_journal_match(m, 1, false) from matches m join tournaments t on t.id = m.tournament_id where t.visibility = 'public';
end $$;
CREATE FUNCTION stat_lines_truncated() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  perform stat_totals_rebuild();
  return null;
end $$;

-- One for each kind of statement, with all its rows at once; they are on each partition too, for who writes to one by name (src/platform/database/partitions.ts).
CREATE TRIGGER stat_lines_inserted AFTER INSERT ON game_stats REFERENCING NEW TABLE AS new_lines FOR EACH STATEMENT EXECUTE FUNCTION stat_lines_inserted();
CREATE TRIGGER stat_lines_updated AFTER UPDATE ON game_stats REFERENCING OLD TABLE AS old_lines NEW TABLE AS new_lines FOR EACH STATEMENT EXECUTE FUNCTION stat_lines_updated();
CREATE TRIGGER stat_lines_deleted AFTER DELETE ON game_stats REFERENCING OLD TABLE AS old_lines FOR EACH STATEMENT EXECUTE FUNCTION stat_lines_deleted();
CREATE TRIGGER stat_lines_truncated AFTER TRUNCATE ON game_stats FOR EACH STATEMENT EXECUTE FUNCTION stat_lines_truncated();
-- Row by row with a condition, so that the thousands of scores between start and end cost nothing here.
CREATE TRIGGER stat_match_inserted AFTER INSERT ON matches FOR EACH ROW WHEN (new.status = 'COMPLETED') EXECUTE FUNCTION stat_match_changed();
CREATE TRIGGER stat_match_deleted AFTER DELETE ON matches FOR EACH ROW WHEN (old.status = 'COMPLETED') EXECUTE FUNCTION stat_match_changed();
CREATE TRIGGER stat_match_updated AFTER UPDATE ON matches FOR EACH ROW
  WHEN ((old.status, old.winner_id, old.home_participant_id, old.away_participant_id) IS DISTINCT FROM (new.status, new.winner_id, new.home_participant_id, new.away_participant_id))
  EXECUTE FUNCTION stat_match_changed();
CREATE TRIGGER stat_visibility_changed AFTER UPDATE ON tournaments FOR EACH ROW WHEN (old.visibility IS DISTINCT FROM new.visibility) EXECUTE FUNCTION stat_visibility_changed();
CREATE TRIGGER stat_participant_settled BEFORE UPDATE ON participants FOR EACH ROW WHEN (old.user_id IS DISTINCT FROM new.user_id) EXECUTE FUNCTION stat_participant_settled();

SELECT stat_totals_rebuild();
