/** API keys: `gs_<id>.<secret>`. The secret is 256 random bits, so a plain hash is enough to keep. */
import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { ApiKey, Credential, NewApiKey, Principal } from '../../contracts/auth.js';
import { Refusal } from '../../contracts/refusal.js';
import { CLOCK, type Clock } from '../../platform/clock/clock.js';
import { isDuplicate } from '../../platform/database/outage.js';
import { ApiKeysRepository } from './api-keys.repository.js';

export const API_KEY_PREFIX = 'gs_';

const hashOf = (secret: string): Uint8Array<ArrayBuffer> => new Uint8Array(createHash('sha256').update(secret).digest());

@Injectable()
export class ApiKeys {
  constructor(
    private readonly repository: ApiKeysRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async create(owner: Principal, given: NewApiKey): Promise<ApiKey> {
    const now = this.clock.now();
    const expiresAt = given.expiresAt ? new Date(given.expiresAt) : null;
    if (expiresAt && expiresAt <= now) throw new Refusal('UNPROCESSABLE', 'expiresAt lies in the past');
    const id = given.id ?? randomUUID();
    const secret = randomBytes(32).toString('base64url');
    const scopes = [...new Set(given.scopes)];
    try {
      await this.repository.insert({ id, ownerId: owner.userId, ownerRole: owner.role, name: given.name, hash: hashOf(secret), scopes, createdAt: now, expiresAt });
    } catch (error) {
      if (isDuplicate(error)) throw new Refusal('ALREADY_EXISTS', `There is already an API key ${id}`);
      throw error;
    }
    return { id, name: given.name, scopes, role: owner.role, key: `${API_KEY_PREFIX}${id}.${secret}`, createdAt: now.toISOString(), expiresAt: expiresAt?.toISOString() ?? null };
  }

  /** A key is revoked by its owner or an admin; to anybody else it does not exist. */
  async revoke(asker: Principal, id: string): Promise<void> {
    const row = await this.repository.find(id);
    const theirs = row && (row.ownerId === asker.userId || asker.role === 'ADMIN');
    if (!theirs || !(await this.repository.revoke(id, this.clock.now()))) throw new Refusal('NOT_FOUND', `There is no API key ${id}`);
  }

  async authenticate(key: string): Promise<Credential> {
    const [id, secret, ...rest] = key.slice(API_KEY_PREFIX.length).split('.');
    const row = id && secret && rest.length === 0 ? await this.repository.find(id) : null;
    const good = row && secret && timingSafeEqual(hashOf(secret), row.hash);
    if (!good || row.revokedAt) throw new Refusal('TOKEN_INVALID', 'The API key is unknown or was revoked');
    if (row.expiresAt && row.expiresAt <= this.clock.now()) throw new Refusal('TOKEN_EXPIRED', 'The API key has expired');
    return { principal: { userId: row.ownerId, role: row.ownerRole, scopes: row.scopes }, expiresAt: row.expiresAt?.getTime() ?? null, apiKeyId: row.id };
  }

  /** Which of these keys are no longer in use, whatever their time. */
  revokedAmong(ids: readonly string[]): Promise<string[]> {
    return this.repository.revokedAmong(ids);
  }
}
