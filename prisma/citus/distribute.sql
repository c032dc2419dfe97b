-- Distributes a migrated Grandstand database over a Citus cluster: `npm run db:distribute`, once, on the coordinator,
-- with the servers stopped. Citus 13 on PostgreSQL 15 to 17. Statistics and totals go by player; what they refer to is
-- copied to every node. Everything runs in one transaction: it is done, or nothing was.
--
-- Foreign keys exist already, as they must before create_distributed_table; each key of game_stats holds user_id (the
-- distribution column) and game (the partition column). Triggers on distributed tables are refused, so those that write
-- stat_deltas go, and nothing keeps the totals: a server that does not find them answers every ranking from the rows,
-- which is as exact, and which Citus computes on all nodes (docs/rankings.md says what the totals would need).
begin;

drop trigger if exists stat_match_inserted on matches;
drop trigger if exists stat_match_updated on matches;
drop trigger if exists stat_match_deleted on matches;
drop trigger if exists stat_visibility_waits on tournaments;
drop trigger if exists stat_visibility_changed on tournaments;
drop trigger if exists stat_participant_settled on participants;
do $$
declare
  each record;
begin
  for each in select tgname, tgrelid::regclass as relation from pg_trigger where tgname like 'stat\_lines\_%' and not tgisinternal and tgparentid = 0 loop
    execute format('drop trigger if exists %I on %s', each.tgname, each.relation);
  end loop;
end $$;

select create_reference_table('users');
select create_reference_table('tournaments');
select create_reference_table('participants');
select create_reference_table('matches');
select create_distributed_table('game_stats', 'user_id');
-- Nobody would keep them from here on.
delete from player_totals;
delete from stat_deltas;
select create_distributed_table('player_totals', 'user_id', colocate_with => 'game_stats');
select create_distributed_table('stat_deltas', 'user_id', colocate_with => 'game_stats');
select create_reference_table('stat_watermark');

commit;
