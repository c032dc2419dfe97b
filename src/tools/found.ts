/** Refusals that a tool takes for an answer. */
import type { RefusalCode } from '../contracts/refusal.js';
import { RestRefusal } from '../contracts/rest-client.js';

/** Undefined where the server refuses with this code. */
export async function unlessRefused<T>(code: RefusalCode, asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof RestRefusal && error.problem.code === code) return undefined;
    throw error;
  }
}

/** Creating under a chosen id: true if it is new, false if somebody (an earlier run) was first. */
export async function found(asked: Promise<unknown>): Promise<boolean> {
  return (await unlessRefused('ALREADY_EXISTS', asked.then(() => true))) ?? false;
}
