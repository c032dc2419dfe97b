-- A change of visibility holds all matches of its tournament while it journals them, and a call for each match took 1.0 s for
-- 10,000 matches of ten lines where this takes 0.4: scores waited for that, and a large tournament never got it done within a
-- request's time. A rebuild did the same for every match there is.

-- What `stat_journal_match` does for each of these tournaments' matches, with a statement for the lines, one for those that are
-- not in the totals yet, and one for the sides. The rules are those of `stat_line_deltas`, with a match's sides looked up once
-- and not for each of its lines; test/totals-tournaments.test.ts compares the two. Lines are looked up match by match: a
-- planner that knows too little would read them all.
CREATE FUNCTION stat_journal_tournaments(ids text[], sign int, record_only boolean) RETURNS void LANGUAGE plpgsql SET jit = off AS $$
declare
  own constant xid8 := pg_current_xact_id();
  before constant pg_snapshot := (select folded from stat_watermark);
begin
  insert into stat_deltas (xid, user_id, game, tournament_id, lines, stats, played, wins)
  select own, g.user_id, g.game, m.tournament_id, delta.lines, case when delta.lines <> 0 then g.stats end, delta.played, delta.wins
  from matches m
  left join participants home on home.tournament_id = m.tournament_id and home.id = m.home_participant_id
  left join participants away on away.tournament_id = m.tournament_id and away.id = m.away_participant_id
  left join participants winner on winner.tournament_id = m.tournament_id and winner.id = m.winner_id
  cross join lateral (select * from game_stats where match_id = m.id offset 0) g
  cross join lateral (
    select
      case when m.status = 'COMPLETED' and (g.user_id in (home.user_id, away.user_id)) is not true then sign else 0 end as played,
      case when m.status = 'COMPLETED' and g.participant_id = m.winner_id and (g.user_id = winner.user_id) is not true then sign else 0 end as wins,
      case when record_only or g.xid = own then 0 else sign end as lines
  ) delta
  where m.tournament_id = any(ids) and m.status <> 'CANCELLED' and (m.status = 'COMPLETED' or not record_only)
    and (delta.lines, delta.played, delta.wins) <> (0, 0, 0);

  if not record_only then
    insert into stat_deltas (xid, user_id, game, tournament_id, lines, stats, played, wins)
    select g.xid, g.user_id, g.game, m.tournament_id, -sign, g.stats, 0, 0
    from (select pg_snapshot_xmax(before) as low, '18446744073709551615'::xid8 as high union all select each, each from pg_snapshot_xip(before) each) range
    cross join lateral (select * from game_stats where xid >= range.low and xid <= range.high offset 0) g
    join matches m on m.id = g.match_id
    where m.tournament_id = any(ids) and m.status <> 'CANCELLED' and g.xid <> own;
  end if;

  insert into stat_deltas (xid, user_id, game, tournament_id, lines, played, wins)
  select own, p.user_id, m.game, m.tournament_id, 0, sign, case when coalesce(bool_or(p.id = m.winner_id), false) then sign else 0 end
  from matches m
  cross join lateral (values (m.home_participant_id), (m.away_participant_id)) side (id)
  join participants p on p.tournament_id = m.tournament_id and p.id = side.id
  where m.tournament_id = any(ids) and m.status = 'COMPLETED' and p.user_id is not null
  group by m.id, p.user_id;
end $$;

CREATE OR REPLACE FUNCTION stat_visibility_changed() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  perform from matches where tournament_id = new.id order by id for update;
  perform stat_journal_tournaments(array[new.id], case when new.visibility = 'public' then 1 else -1 end, false);
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
  perform stat_journal_tournaments(array(select id from tournaments where visibility = 'public'), 1, true);
end $$;
