-- Writers in bulk on every core leave the worker too little of one: the unfolded grow without end, and rankings with them
-- slow down. So a worker that is behind holds a lock while it folds (src/modules/analytics/queries/fold-totals.ts), and
-- whoever has written many lines at once waits for it. Nobody waits who writes a match's lines.

-- Takes the lock and lets it go at once, with the block: it is not held to the end of the transaction, which the worker would have to wait for.
CREATE FUNCTION stat_writers_wait() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  if exists (select from lines offset 99) then
    begin
      perform pg_advisory_xact_lock_shared(hashtextextended('grandstand stat totals are behind', 0));
      raise exception using errcode = 'GS001';
    exception when sqlstate 'GS001' then
      null;
    end;
  end if;
  return null;
end $$;

-- On each partition too, as those that keep the totals (src/platform/database/partitions.ts).
CREATE TRIGGER stat_writers_wait AFTER INSERT ON game_stats REFERENCING NEW TABLE AS lines FOR EACH STATEMENT EXECUTE FUNCTION stat_writers_wait();
