/** An outside issuer of tokens: real keys, and a real server that shows the public halves. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, type JWTPayload } from 'jose';

export interface Issuer {
  url: string;
  /** What the server answers from now on instead of its keys. */
  fail(status: number): void;
  recover(): void;
  /** `kid: null`: it does not say which key signed it. `signer`: the issuer's next RSA key, or one that is not the issuer's. */
  token(alg: 'RS256' | 'ES256', claims: JWTPayload, options?: { kid?: string | null; expiresInS?: number; signer?: 'next' | 'stranger' }): Promise<string>;
  /** The public RSA key as PEM: what an attacker would sign with. */
  publicPem: string;
  close(): Promise<void>;
}

export async function openIssuer(): Promise<Issuer> {
  const rsa = await generateKeyPair('RS256', { extractable: true });
  const [next, stranger] = await Promise.all([generateKeyPair('RS256', { extractable: true }), generateKeyPair('RS256')]);
  const ec = await generateKeyPair('ES256', { extractable: true });
  const keys = [
    { ...(await exportJWK(rsa.publicKey)), kid: 'RS256', alg: 'RS256', use: 'sig' },
    { ...(await exportJWK(next.publicKey)), kid: 'RS256-next', alg: 'RS256', use: 'sig' },
    { ...(await exportJWK(ec.publicKey)), kid: 'ES256', alg: 'ES256', use: 'sig' },
  ];
  let status = 200;
  const server = createServer((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(status === 200 ? JSON.stringify({ keys }) : '{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/jwks.json`,
    fail: (with_) => {
      status = with_;
    },
    recover: () => {
      status = 200;
    },
    token: (alg, claims, options = {}) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg, ...(options.kid === null ? {} : { kid: options.kid ?? alg }) })
        .setExpirationTime(Math.floor(Date.now() / 1000) + (options.expiresInS ?? 600))
        .sign((alg === 'ES256' ? ec : options.signer === undefined ? rsa : options.signer === 'next' ? next : stranger).privateKey),
    publicPem: await exportSPKI(rsa.publicKey),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
