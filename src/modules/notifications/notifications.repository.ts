import { Injectable } from '@nestjs/common';
import type { NewNotification, Notification } from '../../contracts/notification.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';

interface Row {
  user_id: string;
  seq: number;
  type: string;
  title: string | null;
  message: string;
  data: Record<string, unknown> | null;
  at: Date;
}

const view = (row: Row): Notification => ({ userId: row.user_id, seq: row.seq, type: row.type, title: row.title, message: row.message, data: row.data, at: row.at.toISOString() });

@Injectable()
export class NotificationsRepository {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  /** The inbox row is locked while the notification gets its number, so numbers are seen in the order they were given. */
  async insert(userId: string, given: NewNotification, at: Date): Promise<Notification> {
    const rows = await this.unitOfWork.db.$queryRaw<Row[]>`
      with inbox as (
        insert into inboxes (user_id, seq) values (${userId}, 1)
        on conflict (user_id) do update set seq = inboxes.seq + 1
        returning seq
      )
      insert into notifications (user_id, seq, type, title, message, data, at)
      select ${userId}, inbox.seq, ${given.type}, ${given.title ?? null}, ${given.message}, ${given.data ? JSON.stringify(given.data) : null}::jsonb, ${at}::timestamptz from inbox
      returning *`;
    const row = rows[0];
    if (!row) throw new Error('insert … returning gave no row');
    return view(row);
  }

  async after(userId: string, seq: number, limit: number): Promise<Notification[]> {
    const rows = await this.unitOfWork.db.$queryRaw<Row[]>`
      select * from notifications where user_id = ${userId} and seq > ${seq}::int order by seq limit ${limit}::int`;
    return rows.map(view);
  }

  /** The number of the last one; 0 before the first. */
  async last(userId: string): Promise<number> {
    const rows = await this.unitOfWork.db.$queryRaw<{ seq: number }[]>`select seq from inboxes where user_id = ${userId}`;
    return rows[0]?.seq ?? 0;
  }
}
