import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '../../contracts/auth.js';
import type { NewNotification, Notification } from '../../contracts/notification.js';
import type { Page } from '../../contracts/page.js';
import { Refusal } from '../../contracts/refusal.js';
import { CLOCK, type Clock } from '../../platform/clock/clock.js';
import { Pages, SeqCursor } from '../../platform/database/cursor.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { NotificationsRepository } from './notifications.repository.js';

const inboxOf = (userId: string) => new Pages(`notifications of ${userId}`, SeqCursor);

@Injectable()
export class NotificationsService {
  private readonly listeners = new Set<(notification: Notification) => void>();

  constructor(
    private readonly notifications: NotificationsRepository,
    private readonly unitOfWork: UnitOfWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Told of each notification once it is committed; returns how to stop. */
  listen(listener: (notification: Notification) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Kept first, then told: a user who is away finds it later. The user need not have a row: tokens of an outside issuer name users we do not store. */
  async notify(userId: string, given: NewNotification): Promise<Notification> {
    return this.unitOfWork.run(async () => {
      const notification = await this.notifications.insert(userId, given, this.clock.now());
      this.unitOfWork.afterCommit(() => {
        for (const listener of this.listeners) listener(notification);
      });
      return notification;
    });
  }

  async mine(asker: Principal, query: { after?: number; cursor?: string; limit: number }): Promise<Page<Notification>> {
    const pages = inboxOf(asker.userId);
    const after = pages.after(query.cursor)?.[0] ?? query.after ?? 0;
    const rows = await this.notifications.after(asker.userId, after, query.limit + 1);
    const last = rows.length > 0 || after === 0 ? after : await this.notifications.last(asker.userId);
    if (after > last) throw new Refusal('CURSOR_AHEAD', `The last notification is ${String(last)}; ${String(after)} lies ahead of it`, { seq: last });
    return pages.page(rows, query.limit, (row) => row, (row) => [row.seq]);
  }
}
