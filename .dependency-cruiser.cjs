/**
 * Who may know whom, drawn once: contracts <- config <- platform <- modules.
 * `npm run deps` checks it, and so does .ci/run.
 *
 * @type {import('dependency-cruiser').IConfiguration}
 */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one file, or three.',
      severity: 'error',
      from: { pathNot: '^src/generated/' },
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'An import that leads nowhere fails in production, not here.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'contracts-know-zod-alone',
      comment: 'The page, the client and the bench import the wire: it drags nothing along.',
      severity: 'error',
      from: { path: '^src/contracts/', pathNot: '\\.test\\.ts$' },
      to: { pathNot: ['^src/contracts/', '^node_modules/zod/'] },
    },
    {
      name: 'config-knows-contracts',
      severity: 'error',
      from: { path: '^src/config/', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/', pathNot: ['^src/config/', '^src/contracts/'] },
    },
    {
      name: 'games-know-contracts-and-zod',
      comment: 'A game is a schema and its sums; adding one touches no other part.',
      severity: 'error',
      from: { path: '^src/games/', pathNot: '\\.test\\.ts$' },
      to: { pathNot: ['^src/games/', '^src/contracts/', '^node_modules/zod/'] },
    },
    {
      name: 'platform-knows-contracts-and-config',
      severity: 'error',
      from: { path: '^src/platform/', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/', pathNot: ['^src/platform/', '^src/contracts/', '^src/config/', '^src/generated/'] },
    },
    {
      name: 'rules-are-pure',
      comment: 'What the game allows is decided without a clock, a database or a framework.',
      severity: 'error',
      from: { path: '\\.rules\\.ts$' },
      to: { pathNot: '^src/contracts/' },
    },
    {
      name: 'sql-in-repositories',
      comment: 'Only repositories, queries, the seed and the database platform speak to PostgreSQL.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: ['\\.repository\\.ts$', '/queries/', '^src/modules/analytics/seed/', '^src/platform/database/', '^src/generated/', '\\.test\\.ts$'],
      },
      to: { path: ['^node_modules/(@prisma|\\.prisma|pg|prisma)/', '^src/generated/'] },
    },
    {
      name: 'sockets-in-realtime',
      comment: 'The domain never knows sockets.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: ['^src/modules/realtime/', '^src/platform/realtime-adapter', '\\.test\\.ts$'],
      },
      to: {
        path: '^node_modules/(socket\\.io|engine\\.io|@socket\\.io/[^/]+|@nestjs/(websockets|platform-socket\\.io))/',
      },
    },
    {
      name: 'socket-client-in-client',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/client/', '^src/web/', '\\.test\\.ts$'] },
      to: { path: '^node_modules/(socket\\.io-client|engine\\.io-client)/' },
    },
    {
      name: 'nobody-needs-realtime',
      comment: 'Publishing goes through the domain\'s own events; realtime listens.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: ['^src/modules/(realtime|monitoring)/', '^src/(app\\.module|main)\\.ts$', '\\.test\\.ts$'],
      },
      to: { path: '^src/modules/realtime/' },
    },
    {
      name: 'client-knows-contracts',
      comment: 'It is shipped to others: nothing of the server comes with it.',
      severity: 'error',
      from: { path: '^src/client/', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/', pathNot: ['^src/client/', '^src/contracts/'] },
    },
    {
      name: 'parts-know-nobody',
      comment: 'They start PostgreSQL, Redis and nginx for anyone who needs them.',
      severity: 'error',
      from: { path: '^src/parts/' },
      to: { path: '^src/', pathNot: '^src/parts/' },
    },
    {
      name: 'no-tests-in-src',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: { path: ['^test/', '\\.test\\.ts$'] },
    },
    {
      name: 'shipped-packages-only',
      comment: 'The image is installed without development packages.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['\\.test\\.ts$', '^src/client/', '^src/web/'] },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|src/web)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
  },
};
