# syntax=docker/dockerfile:1

# Everything, to build with.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --include=dev
COPY . .
RUN node scripts/build.mjs

# Only what runs. Peers and options are Prisma's own tools, TypeScript and the
# embedded PostgreSQL: 250 of 423 MB.
FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=peer --omit=optional

FROM node:24-slim
ENV NODE_ENV=production PORT=3000 HOST=0.0.0.0
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json ./
# The migrations are applied by `node dist/launcher/migrate.js`.
COPY prisma ./prisma
# The image's own unprivileged user; nothing here is its to change.
USER node
EXPOSE 3000
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "dist/launcher/healthy.js"]
CMD ["node", "--enable-source-maps", "dist/main.js"]
