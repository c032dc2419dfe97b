import { Controller } from '@nestjs/common';
import { api } from '../../contracts/api.js';
import type { Notification } from '../../contracts/notification.js';
import type { Page } from '../../contracts/page.js';
import { Endpoint, GivenCall, type HandlerCall } from '../../platform/http/endpoint.js';
import { NotificationsService } from './notifications.service.js';

@Controller()
export class NotificationsController {
  constructor(private readonly notifications: NotificationsService) {}

  @Endpoint(api.notifyUser)
  notify(@GivenCall() call: HandlerCall<typeof api.notifyUser>): Promise<Notification> {
    return this.notifications.notify(call.params.id, call.body);
  }

  @Endpoint(api.myNotifications)
  mine(@GivenCall() call: HandlerCall<typeof api.myNotifications>): Promise<Page<Notification>> {
    return this.notifications.mine(call.principal, call.query);
  }
}
