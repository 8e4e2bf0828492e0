/** The layers of src/, in the order in which a call travels (shared design, section 2). Arrows never point back. */
const may = {
  config: [],
  calls: [],
  flows: ["calls"],
  engine: ["flows", "calls"],
  freeswitch: ["calls"],
  sip: ["calls"],
  prompts: ["calls", "database", "recordings", "look-ups"],
  recordings: ["calls", "database", "mail"],
  mail: ["database"],
  "look-ups": ["calls", "flows"],
  holidays: ["calls"],
  // The database keeps flow documents, whose types are the flows', and the snapshot is told the public holidays.
  database: ["calls", "flows", "holidays"],
  people: ["calls", "database"],
  workforce: ["calls", "database"],
  http: [
    "config",
    "sip",
    "calls",
    "flows",
    "engine",
    "database",
    "people",
    "workforce",
    "recordings",
    "prompts",
    "holidays",
  ],
  backup: ["calls", "config", "database", "flows"],
  bans: ["calls", "flows", "database"],
  health: ["calls", "flows", "database"],
  support: ["calls", "database"],
  jobs: ["calls", "flows", "database", "recordings", "mail"],
  admin: ["http", "flows", "calls"],
  lab: [],
  systemd: [],
  tls: ["calls"],
};
const test = "\\.test\\.tsx?$";

module.exports = {
  forbidden: [
    {
      name: "no-circles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "only-tests-import-testing",
      severity: "error",
      from: { path: "^src/", pathNot: [test, "^src/testing/"] },
      to: { path: "^src/testing/" },
    },
    {
      name: "admin-knows-http-by-types-alone",
      severity: "error",
      from: { path: "^src/admin/" },
      to: { path: "^src/http/", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "no-dev-packages-in-the-daemon",
      severity: "error",
      from: { path: "^src/", pathNot: [test, "^src/(admin|testing|lab)/"] },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"] },
    },
    ...Object.entries(may).map(([folder, allowed]) => ({
      name: `layer-${folder}`,
      severity: "error",
      from: { path: `^src/${folder}/`, pathNot: test },
      to: { path: "^src/", pathNot: [folder, ...allowed].map((name) => `^src/${name}/`) },
    })),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { extensions: [".ts", ".tsx", ".js", ".json"] },
  },
};
