import { Module } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/env.js';
import { AUTHENTICATOR } from '../../platform/http/access.guard.js';
import { UsersModule } from '../users/users.module.js';
import { ApiKeys } from './api-keys.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { AuthController } from './auth.controller.js';
import { AuthService } from './auth.service.js';
import { Tokens } from './tokens.js';

@Module({
  imports: [UsersModule],
  controllers: [AuthController],
  providers: [
    { provide: Tokens, useFactory: (config: Config) => new Tokens({ secret: config.JWT_SECRET, jwksUrl: config.JWKS_URL, issuer: config.JWT_ISSUER, audience: config.JWT_AUDIENCE }), inject: [CONFIG] },
    ApiKeys,
    ApiKeysRepository,
    AuthService,
    { provide: AUTHENTICATOR, useExisting: AuthService },
  ],
  exports: [AUTHENTICATOR, ApiKeys, Tokens, AuthService],
})
export class AuthModule {}
