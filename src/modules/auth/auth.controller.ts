import { Controller } from '@nestjs/common';
import { api } from '../../contracts/api.js';
import type { ApiKey, Tokens } from '../../contracts/auth.js';
import { Endpoint, GivenCall, type HandlerCall } from '../../platform/http/endpoint.js';
import { ApiKeys } from './api-keys.js';
import { AuthService } from './auth.service.js';

@Controller()
export class AuthController {
  constructor(
    private readonly auth: AuthService,
    private readonly apiKeys: ApiKeys,
  ) {}

  @Endpoint(api.login)
  login(@GivenCall() call: HandlerCall<typeof api.login>): Promise<Tokens> {
    return this.auth.login(call.body);
  }

  @Endpoint(api.refresh)
  refresh(@GivenCall() call: HandlerCall<typeof api.refresh>): Promise<Tokens> {
    return this.auth.refresh(call.body.refreshToken);
  }

  @Endpoint(api.createApiKey)
  createApiKey(@GivenCall() call: HandlerCall<typeof api.createApiKey>): Promise<ApiKey> {
    return this.apiKeys.create(call.principal, call.body);
  }

  @Endpoint(api.revokeApiKey)
  revokeApiKey(@GivenCall() call: HandlerCall<typeof api.revokeApiKey>): Promise<void> {
    return this.apiKeys.revoke(call.principal, call.params.id);
  }
}
