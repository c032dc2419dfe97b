-- Stand-ins for four functions, one view, two refused commands and one refused order of writes of Citus 13, for
-- test/distribute.test.ts: they refuse what Citus refuses, in its words as far as they go, write down what became what, and
-- move nothing. The rules are those of its documentation and of its source (create_distributed_table.c,
-- foreign_constraint.c, trigger.c, relation_access_tracking.c).
create table stand_in_tables (
  table_name regclass primary key,
  citus_table_type text not null,
  distribution_column text,
  colocation_id int,
  -- The transaction that made it, and whether it went over several connections to a node.
  made_in xid8 not null default pg_current_xact_id(),
  parallel boolean not null
);
create view citus_tables as select table_name, citus_table_type, distribution_column, colocation_id from stand_in_tables;

create function stand_in_kind(relation oid) returns text language sql as $$ select citus_table_type from stand_in_tables where table_name = relation $$;

-- Of a table that is, or is about to be, of this kind.
create function stand_in_check_foreign_keys(relation regclass, kind text, distribution_column text, colocation int) returns void language plpgsql as $$
declare
  key record;
  target stand_in_tables;
begin
  for key in
    select c.*, exists (select from pg_attribute a where a.attrelid = c.conrelid and a.attnum = any(c.conkey) and a.attname = distribution_column) as on_distribution_column
    from pg_constraint c where c.contype = 'f' and c.conrelid = relation and c.confrelid <> relation
  loop
    select * into target from stand_in_tables where table_name = key.confrelid;
    if target is null then
      raise exception 'referenced table "%" must be a distributed table or a reference table', key.confrelid::regclass;
    end if;
    if kind <> 'distributed' and target.citus_table_type = 'distributed' then
      raise exception 'cannot create foreign key constraint since foreign keys from reference tables and local tables to distributed tables are not supported: %', key.conname;
    end if;
    if kind = 'reference' and target.citus_table_type = 'local' and not (key.confdeltype in ('a', 'r') and key.confupdtype in ('a', 'r')) then
      raise exception 'foreign keys from reference tables to local tables can only be defined with NO ACTION or RESTRICT behaviors: %', key.conname;
    end if;
    if kind = 'distributed' then
      if target.citus_table_type <> 'reference' and target.colocation_id is distinct from colocation then
        raise exception 'cannot create foreign key constraint since relations are not colocated or not referencing a reference table: %', key.conname;
      end if;
      if key.on_distribution_column and key.confdeltype in ('n', 'd') then
        raise exception 'SET NULL or SET DEFAULT is not supported in ON DELETE operation when distribution key is included in the foreign key constraint: %', key.conname;
      end if;
      if key.on_distribution_column and key.confupdtype in ('n', 'd', 'c') then
        raise exception 'SET NULL, SET DEFAULT or CASCADE is not supported in ON UPDATE operation when distribution key included in the foreign constraint: %', key.conname;
      end if;
    end if;
  end loop;
end $$;

create function stand_in_check_table(relation regclass, kind text, distribution_column text default null, colocation int default null) returns void language plpgsql as $$
declare
  key text;
begin
  if stand_in_kind(relation) is not null then
    raise exception 'table "%" is already distributed', relation;
  end if;
  -- With the setting on, Citus makes tables of its own of all that are tied to a reference table; that is not played here.
  if kind = 'reference' and coalesce(current_setting('citus.enable_local_reference_table_foreign_keys', true), 'on') <> 'off' and exists (
    select from pg_constraint where contype = 'f' and (conrelid = relation and stand_in_kind(confrelid) is null or confrelid = relation and stand_in_kind(conrelid) is null)
  ) then
    raise exception 'table "%" has foreign keys with local tables, which Citus would add to its metadata', relation;
  end if;
  if kind <> 'local' and exists (select from pg_trigger where tgrelid = relation and not tgisinternal) then
    raise exception 'cannot distribute relation "%" because it has triggers', relation;
  end if;
  if kind <> 'distributed' and (select relkind = 'p' from pg_class where oid = relation) then
    raise exception 'distributing partitioned tables in only supported for hash-distributed tables';
  end if;
  -- That each also holds the partition column is PostgreSQL's own rule.
  if kind = 'distributed' then
    select c.relname into key from pg_index i join pg_class c on c.oid = i.indexrelid
    where i.indrelid = relation and i.indisunique and not exists (
      select from pg_attribute a where a.attrelid = relation and a.attname = distribution_column and a.attnum = any(i.indkey)
    );
    if key is not null then
      raise exception 'cannot create constraint on "%": keys that do not include the partition column are not supported: %', relation, key;
    end if;
  end if;
  perform stand_in_check_foreign_keys(relation, kind, distribution_column, colocation);
end $$;

-- What a transaction has done: 'parallel' once rows went to several shards at once; 'sequential' once a table that is copied
-- was changed before that, after which Citus goes to one shard at a time (CheckConflictingRelationAccesses and
-- RecordParallelRelationAccessForTaskList of relation_access_tracking.c). Rows of several users stand for several shards.
create function stand_in_copies_written() returns trigger language plpgsql as $$
begin
  if current_setting('stand_in.access', true) = 'parallel' and exists (select from pg_constraint where contype = 'f' and confrelid = tg_relid) then
    raise exception 'cannot execute DML on reference relation "%" because there was a parallel DML access to a distributed relation in the same transaction', tg_relid::regclass;
  end if;
  perform set_config('stand_in.access', 'sequential', true);
  return null;
end $$;
create function stand_in_shards_written() returns trigger language plpgsql as $$
begin
  if current_setting('stand_in.access', true) is distinct from 'sequential' and coalesce(current_setting('citus.multi_shard_modify_mode', true), 'parallel') <> 'sequential'
    and (select count(distinct user_id) from written) > 1 then
    perform set_config('stand_in.access', 'parallel', true);
  end if;
  return null;
end $$;

create function create_reference_table(table_name regclass) returns void language plpgsql as $$
begin
  perform stand_in_check_table(table_name, 'reference');
  execute format('create trigger stand_in_written after insert or update or delete on %s for each statement execute function stand_in_copies_written()', table_name);
  insert into stand_in_tables values (table_name, 'reference', null, 1, default, false);
end $$;

create function citus_add_local_table_to_metadata(table_name regclass, cascade_via_foreign_keys boolean default false) returns void language plpgsql as $$
begin
  if exists (select from pg_constraint where contype = 'f' and conrelid <> confrelid and table_name in (conrelid, confrelid)) then
    raise exception 'relation % is involved in a foreign key relationship with another table', table_name;
  end if;
  perform stand_in_check_table(table_name, 'local');
  insert into stand_in_tables values (table_name, 'local', null, 0, default, false);
end $$;

create function create_distributed_table(table_name regclass, distribution_column text, distribution_type text default 'hash', colocate_with text default 'default')
returns void language plpgsql as $$
declare
  colocation constant int := case when colocate_with = 'default' then table_name::oid::int
    else (select t.colocation_id from stand_in_tables t where t.table_name = colocate_with::regclass and t.citus_table_type = 'distributed') end;
  sequential constant boolean := coalesce(current_setting('citus.multi_shard_modify_mode', true), 'parallel') = 'sequential';
  refers boolean;
  relation regclass;
begin
  if colocation is null then
    raise exception 'relation % is not distributed', colocate_with;
  end if;
  if (select relispartition from pg_class where oid = table_name) then
    raise exception 'cannot distribute relation "%" which is a partition', table_name;
  end if;
  if not exists (select from pg_attribute a where a.attrelid = table_name and a.attname = distribution_column and a.attnum > 0) then
    raise exception 'column "%" of relation "%" does not exist', distribution_column, table_name;
  end if;
  for relation in select table_name union all select inhrelid from pg_inherits where inhparent = table_name loop
    perform stand_in_check_table(relation, 'distributed', distribution_column, colocation);
  end loop;
  select exists (select from pg_constraint where contype = 'f' and conrelid = table_name and stand_in_kind(confrelid) = 'reference') into refers;
  if refers and exists (select from stand_in_tables t where t.made_in = pg_current_xact_id() and t.parallel) then
    raise exception 'cannot distribute relation "%" in this transaction because it has a foreign key to a reference table', table_name;
  end if;
  execute format('create trigger stand_in_inserted after insert on %s referencing new table as written for each statement execute function stand_in_shards_written()', table_name);
  execute format('create trigger stand_in_updated after update on %s referencing new table as written for each statement execute function stand_in_shards_written()', table_name);
  execute format('create trigger stand_in_deleted after delete on %s referencing old table as written for each statement execute function stand_in_shards_written()', table_name);
  insert into stand_in_tables values (table_name, 'distributed', distribution_column, colocation, default, not sequential and not refers);
end $$;

-- What is refused for tables that are Citus' already: in the script, in a migration, at a server's start.
create function stand_in_command() returns event_trigger language plpgsql as $$
declare
  command record;
  changed oid;
begin
  for command in select * from pg_event_trigger_ddl_commands() loop
    if command.object_type = 'trigger' then
      select tgrelid into changed from pg_trigger where oid = command.objid;
      if stand_in_kind(changed) <> 'local' or stand_in_kind((select inhparent from pg_inherits where inhrelid = changed)) is not null then
        raise exception 'triggers are only supported for local tables added to metadata';
      end if;
    elsif command.command_tag = 'ALTER TABLE' then
      perform stand_in_check_foreign_keys(table_name, t.citus_table_type, t.distribution_column, t.colocation_id) from stand_in_tables t where t.table_name = command.objid;
    end if;
  end loop;
end $$;
create event trigger stand_in_command on ddl_command_end when tag in ('ALTER TABLE', 'CREATE TRIGGER') execute function stand_in_command();
