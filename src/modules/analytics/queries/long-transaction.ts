/**
 * Whoever keeps PostgreSQL from clearing away what nobody reads any more: each fold leaves the old versions of the rows it
 * changes, and every ranking has to step over them until the oldest transaction has ended.
 */
import { Prisma } from '../../../generated/prisma/client.js';

export interface LongTransaction {
  /** null: prepared, and held by no process. */
  pid: number | null;
  /** The application's name, or that of the prepared transaction. */
  name: string;
  /** How long it has been open, milliseconds. */
  openMs: number;
}

/** The oldest one that holds a snapshot or has written; of other roles only if this one may see them (`pg_monitor`). */
export const longestTransactionSql = Prisma.sql`
  select pid, name, (extract(epoch from clock_timestamp() - since) * 1000)::float8 as "openMs"
  from (
    select pid, application_name as name, xact_start as since
    from pg_stat_activity
    where datname = current_database() and backend_type = 'client backend' and (backend_xmin is not null or backend_xid is not null) and pid <> pg_backend_pid()
    union all
    select null, gid, prepared from pg_prepared_xacts where database = current_database()
  ) transaction
  where since is not null
  order by since
  limit 1`;
