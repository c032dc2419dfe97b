-- Distributes a migrated Grandstand database over a Citus cluster: `npm run db:distribute`, once, on the coordinator,
-- with the servers stopped. Citus 13 on PostgreSQL 17 (a server's reads set `transaction_timeout`), its coordinator known to
-- itself (`select citus_set_coordinator_host('…')`). Statistics and totals go by player; what they refer to is copied to every
-- node; the rest stays on the coordinator. Everything runs in one transaction: it is done, or nothing was. The rows that
-- were moved stay on the coordinator's disk, unseen, until `truncate_local_data_after_distributing_table`.
--
-- Triggers on distributed tables are refused, so those that write stat_deltas go, and nothing keeps the totals: a server
-- that does not find them answers every ranking from the rows (docs/rankings.md says what Citus makes of its statements, and
-- what the totals would need).
begin;

-- Over one connection to each node: a table with a key to a reference table is refused after anything that went over several.
set local citus.multi_shard_modify_mode to 'sequential';
-- Else the first reference table draws whatever hangs together by foreign keys into Citus' metadata, and game_stats is taken
-- out again when it is distributed: its keys dropped, and made anew on a table that is partitioned and distributed.
set local citus.enable_local_reference_table_foreign_keys to off;

do $$
declare
  each record;
begin
  for each in select tgname, tgrelid::regclass as relation from pg_trigger where tgname like 'stat\_%' and not tgisinternal and tgparentid = 0 loop
    execute format('drop trigger %I on %s', each.tgname, each.relation);
  end loop;
end $$;

-- Foreign keys of a distributed table exist before it is distributed, each of its unique keys holds user_id (the
-- distribution column) and game (the partition column), and no key that holds user_id may pass on an update: a user's id
-- would move rows between nodes. None ever changes.
alter table game_stats
  drop constraint game_stats_user_id_fkey,
  add constraint game_stats_user_id_fkey foreign key (user_id) references users (id) on delete restrict;

-- They stay, and refer to tables that do not: Citus has to know them, or the keys would go on looking at the rows that
-- were there before. A table that is known to it may be given such a key; one that has keys may not become known.
alter table staff drop constraint staff_tournament_id_fkey;
alter table match_events drop constraint match_events_match_id_fkey;
select citus_add_local_table_to_metadata('staff');
select citus_add_local_table_to_metadata('match_events');

-- In this order: a reference table may refer only to others.
select create_reference_table('users');
select create_reference_table('tournaments');
select create_reference_table('participants');
select create_reference_table('matches');
alter table staff add constraint staff_tournament_id_fkey foreign key (tournament_id) references tournaments (id) on delete restrict on update cascade;
alter table match_events add constraint match_events_match_id_fkey foreign key (match_id) references matches (id) on delete restrict on update cascade;

select create_distributed_table('game_stats', 'user_id');
-- Nobody would keep them from here on.
delete from player_totals;
delete from player_gains;
delete from stat_deltas;
select create_distributed_table('player_totals', 'user_id', colocate_with => 'game_stats');
select create_distributed_table('player_gains', 'user_id', colocate_with => 'game_stats');
select create_distributed_table('stat_deltas', 'user_id', colocate_with => 'game_stats');
select create_reference_table('stat_watermark');

commit;
