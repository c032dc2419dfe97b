/** An administrator's token for development, signed with the secret that the instances check with. */
import { SignJWT } from 'jose';

export interface Signing {
  secret: string;
  /** What the instances ask of every token: `JWT_ISSUER`, `JWT_AUDIENCE`. */
  issuer: string | undefined;
  audience: string | undefined;
}

export async function developmentToken({ secret, issuer, audience }: Signing, forSeconds: number): Promise<string> {
  const seconds = Math.floor(Date.now() / 1000);
  return new SignJWT({ role: 'ADMIN', iss: issuer, aud: audience })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject('dev-organizer')
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + forSeconds)
    .sign(new TextEncoder().encode(secret));
}
