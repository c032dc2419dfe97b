import { Controller } from '@nestjs/common';
import { api } from '../../contracts/api.js';
import type { User } from '../../contracts/user.js';
import { Endpoint, GivenCall, type HandlerCall } from '../../platform/http/endpoint.js';
import { UsersService } from './users.service.js';

@Controller()
export class UsersController {
  constructor(private readonly users: UsersService) {}

  @Endpoint(api.createUser)
  create(@GivenCall() call: HandlerCall<typeof api.createUser>): Promise<User> {
    return this.users.create(call.principal, call.body);
  }

  @Endpoint(api.getUser)
  get(@GivenCall() call: HandlerCall<typeof api.getUser>): Promise<User> {
    return this.users.get(call.principal, call.params.id);
  }
}
