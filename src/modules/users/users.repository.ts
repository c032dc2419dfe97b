import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Role } from '../../contracts/user.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';

const Row = z.object({
  id: z.string(),
  username: z.string(),
  email: z.string().nullable(),
  login: z.string().nullable(),
  passwordHash: z.string().nullable(),
  role: Role,
  createdAt: z.date(),
});
export type UserRow = z.infer<typeof Row>;

/** Names that differ only in case or in how a letter is composed are the same login. */
export const loginOf = (username: string): string => username.normalize('NFKC').trim().toLowerCase();
/** One mailbox, one account: an email is kept in small letters. */
export const emailOf = (email: string): string => email.trim().toLowerCase();

@Injectable()
export class UsersRepository {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  async insert(row: UserRow): Promise<void> {
    await this.unitOfWork.db.user.create({ data: row });
  }

  async find(id: string): Promise<UserRow | null> {
    return parsed(await this.unitOfWork.db.user.findUnique({ where: { id } }));
  }

  async byLogin(username: string): Promise<UserRow | null> {
    return parsed(await this.unitOfWork.db.user.findUnique({ where: { login: loginOf(username) } }));
  }

  async byEmail(email: string): Promise<UserRow | null> {
    return parsed(await this.unitOfWork.db.user.findUnique({ where: { email: emailOf(email) } }));
  }
}

const parsed = (row: object | null): UserRow | null => row && Row.parse(row);
