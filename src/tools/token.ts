/** `npm run -s token`: prints the development organizer's token for the server of this checkout, to paste or to keep in a variable. */
import { say, warn } from './terminal.js';
import { readToolEnv, tokenFor } from './tool-env.js';

tokenFor(undefined, readToolEnv()).then(say, (error: unknown) => {
  warn(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
