/**
 * Who may import whom. One row a folder; a folder that is missing here fails test/architecture.
 * Each rule says why it exists and what to do instead.
 */
const allowed = {
  lib: { may: [], why: 'lib is what everything stands on', instead: 'move what needs more into the folder that needs it' },
  model: { may: ['lib'], why: 'the model is pure, so that folds can be tested with any input', instead: 'hand in what it needs as an argument' },
  db: { may: ['lib'], why: 'db knows how rows are stored, not what they mean', instead: 'put meaning into model, reading and writing into events or projections' },
  auth: { may: ['lib', 'db', 'model'], why: 'rights must not depend on who uses them', instead: 'hand it in' },
  events: { may: ['lib', 'model', 'db'], why: 'the log comes before everything that reads it', instead: 'let a task or a projection call events' },
  projections: { may: ['lib', 'model', 'db', 'events'], why: 'projections read the log and nothing else', instead: 'append an event and project it' },
  connectors: { may: ['lib', 'model'], why: 'a connector maps; it neither stores nor decides', instead: 'let its caller hand it what it must remember' },
  'jobs/tasks': { may: ['lib', 'model', 'auth', 'events', 'projections', 'connectors', 'jobs'], why: 'tasks join the layers below and nothing above', instead: 'move what both need downwards' },
  jobs: { may: ['lib', 'db'], why: 'the engine does not know the tasks', instead: 'put it into jobs/tasks' },
  subgraphs: { may: ['lib', 'model', 'db', 'auth', 'events', 'projections', 'jobs'], why: 'subgraphs read projections and hand commands on', instead: 'hand it in through the context' },
  gateway: { may: ['lib', 'auth'], why: 'the gateway takes whatever subgraphs main hands it', instead: 'let main.ts hand it in' },
  http: { may: ['lib', 'auth', 'events', 'jobs', 'connectors', 'gateway'], why: 'routes are thin', instead: 'let main.ts hand in what they call' },
  'control-room': { may: [], why: 'the pages speak GraphQL like any client', instead: 'ask the API' },
  sandbox: { may: ['lib'], why: 'the simulated world speaks to the product over HTTP only', instead: 'send it a request' },
};

const folderRules = Object.entries(allowed).map(([folder, { may, why, instead }]) => ({
  name: `${folder} imports only ${may.length === 0 ? 'itself' : may.join(', ')}`,
  comment: `Because ${why}. Instead: ${instead}.`,
  severity: 'error',
  from: { path: `^src/${folder}/`, ...(folder === 'jobs' ? { pathNot: '^src/jobs/tasks/' } : {}) },
  to: { path: '^src/', pathNot: [folder === 'jobs' ? '^src/jobs/(?!tasks/)' : `^src/${folder}/`, ...may.map((each) => (each === 'jobs' ? '^src/jobs/(?!tasks/)' : `^src/${each}/`))] },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...folderRules,
    { name: 'no cycles', comment: 'Data flows one way. Move what both sides need below them.', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    { name: 'src never imports test', comment: 'The product does not know its tests.', severity: 'error', from: { path: '^src/' }, to: { path: '^test/' } },
    { name: 'model is free of npm and node', comment: 'So that folds run anywhere and stay pure.', severity: 'error', from: { path: '^src/model/' }, to: { pathNot: '^src/' } },
    { name: 'a connector never imports another', comment: 'What two need goes to connectors/kit.', severity: 'error', from: { path: '^src/connectors/([^/]+)/' }, to: { path: '^src/connectors/[^/]+/', pathNot: ['^src/connectors/$1/', '^src/connectors/kit/'] } },
    { name: 'a subgraph never imports another', comment: 'They join by @key in the gateway.', severity: 'error', from: { path: '^src/subgraphs/([^/]+)/' }, to: { path: '^src/subgraphs/[^/]+/', pathNot: ['^src/subgraphs/$1/', '^src/subgraphs/shared/'] } },
    { name: 'connectors are reached through registry and contract, webhooks out through webhook', comment: 'So that a connector can change inside.', severity: 'error', from: { path: '^src/', pathNot: ['^src/connectors/', '^src/cli/schema\\.ts$'] }, to: { path: '^src/connectors/', pathNot: '^src/connectors/(registry|contract|webhook)\\.ts$' } },
    { name: 'only db opens databases', comment: 'Ask db/database for one.', severity: 'error', from: { path: '^src/', pathNot: '^src/db/' }, to: { path: 'node_modules/(pg|@electric-sql/pglite)/' } },
    { name: 'nobody imports main or the command line', comment: 'They wire; nothing hangs on them.', severity: 'error', from: { path: '^src/', pathNot: ['^src/cli/', '^src/main\\.ts$'] }, to: { path: '^src/(main\\.ts|cli/)' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'], extensions: ['.ts', '.js'] },
  },
};
