import { Controller } from '@nestjs/common';
import { api } from '../../contracts/api.js';
import type { User } from '../../contracts/user.js';
import { Endpoint, GivenCall, Prepares, type HandlerCall } from '../../platform/http/endpoint.js';
import { UsersService } from './users.service.js';

@Controller()
export class UsersController {
  constructor(private readonly users: UsersService) {}

  @Endpoint(api.createUser)
  @Prepares()
  create(@GivenCall() call: HandlerCall<typeof api.createUser>): Promise<() => Promise<User>> {
    return this.users.prepare(call.principal, call.body);
  }

  @Endpoint(api.getUser)
  get(@GivenCall() call: HandlerCall<typeof api.getUser>): Promise<User> {
    return this.users.get(call.principal, call.params.id);
  }
}
