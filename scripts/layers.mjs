// The direction of imports (ARCHITECTURE.md), as data and as pure judgements. check-layers.mjs applies them.

const domain = ["cadre-core"];
const shell = "src-tauri/src/";

/**
 * What each crate may depend on, exactly. A new edge is a decision: it is made here, where a reviewer sees it.
 * A dev-dependency may also skip layers on its way down: a test of the CLI may open the store.
 */
export const mayDependOn = {
  // Hosts: they know the api and nothing below it.
  "cadre-desktop": ["cadre-api", "cadre-server"],
  "cadre-server": ["cadre-api"],
  "cadre-cli": ["cadre-api", "cadre-server", "cadre-bench"],
  // Measures what lies below the application, so it opens a store as the engine does.
  "cadre-bench": ["cadre-store", "cadre-graph"],
  // The application. Its DTOs are made from domain types, so it names core beside the engine.
  "cadre-api": ["cadre-engine", ...domain],
  // The only one that knows models and vault; it builds graphs itself.
  "cadre-engine": [
    "cadre-agents",
    "cadre-models",
    "cadre-vault",
    "cadre-intake",
    "cadre-store",
    "cadre-graph",
    ...domain,
  ],
  // Siblings: they meet only in ports that core declares.
  "cadre-agents": ["cadre-exec", ...domain],
  "cadre-models": domain,
  "cadre-vault": domain,
  "cadre-intake": domain,
  "cadre-store": ["cadre-graph", ...domain], // it implements the graph's checkpointer
  // Programs of their own.
  "cadre-functions": domain,
  "cadre-exec": [],
  // The bottom: each usable by itself.
  "cadre-graph": [],
  "cadre-core": [],
  // Only ever a dev-dependency, so it may use anything but a host.
  "cadre-testkit": [
    "cadre-api",
    "cadre-engine",
    "cadre-agents",
    "cadre-models",
    "cadre-vault",
    "cadre-intake",
    "cadre-store",
    "cadre-graph",
    ...domain,
  ],
};

/** Outside crates that only one of ours may have, by the invariant that they would break elsewhere. */
export const owners = [
  { name: /^(sqlx|libsqlite3-sys|rusqlite|postgres|tokio-postgres)$/, owner: "cadre-store", reason: "only the store contains SQL" },
  {
    name: /^agent-client-protocol(-|$)/,
    owner: "cadre-agents",
    reason: "five major versions in a year: one crate adapts to the protocol",
  },
  { name: /^tauri(-|$)/, owner: "cadre-desktop", reason: "all but the shell builds without a webview" },
];

/** What the pure crates must not be able to do. */
export const barred = {
  "cadre-core": { crates: ["tokio", "async-trait", "reqwest", "rand"], reason: "core has no I/O, no async and no chance in it" },
};

const cadre = (name) => name.startsWith("cadre-");

/** Everything that can be reached going down, for dev-dependencies. */
function below(crate, table, seen = new Set()) {
  for (const next of table[crate] ?? []) {
    if (!seen.has(next)) {
      seen.add(next);
      below(next, table, seen);
    }
  }
  return seen;
}

/** Judges the packages of `cargo metadata`; returns the violations in words. */
export function judgePackages(packages) {
  const violations = [];
  for (const { name, dependencies } of packages) {
    if (!(name in mayDependOn)) {
      violations.push(`${name}: unknown crate; give it its place in scripts/layers.mjs`);
      continue;
    }
    for (const dependency of dependencies) {
      const dev = dependency.kind === "dev";
      if (cadre(dependency.name)) violations.push(...judgeEdge(name, dependency.name, dev));
      else if (!dev) violations.push(...judgeOutside(name, dependency.name));
    }
  }
  return violations;
}

function judgeEdge(from, to, dev) {
  if (to === "cadre-testkit") {
    return dev ? [] : [`${from} → ${to}: the testkit is a dev-dependency only`];
  }
  if (!(to in mayDependOn)) return [`${from} → ${to}: unknown crate; give it its place in scripts/layers.mjs`];
  if (mayDependOn[from].includes(to)) return [];
  if (dev && (from === to || below(from, mayDependOn).has(to))) return [];
  const kind = dev ? " (dev)" : "";
  const allowed = mayDependOn[from].join(", ") || "no crate of ours";
  return [`${from} → ${to}${kind}: not a direction that imports may go; ${from} may use ${allowed}`];
}

function judgeOutside(from, to) {
  const violations = owners
    .filter(({ name, owner }) => name.test(to) && from !== owner)
    .map(({ owner, reason }) => `${from} → ${to}: only ${owner} may, because ${reason}`);
  if (barred[from]?.crates.includes(to)) violations.push(`${from} → ${to}: ${barred[from].reason}`);
  return violations;
}

const isRust = (path) => path.startsWith("src-tauri/") && path.endsWith(".rs");
const isFrontEnd = (path) => path.startsWith("ui/") && /\.(ts|tsx|mts|js|mjs)$/.test(path);
const isRustTest = (path) => path.includes("/tests/") || path.endsWith("/tests.rs");

/** Names that may be written only in certain files. `allowed` maps a path, or a folder ending in /, to its reason. */
export const sourceRules = [
  {
    title: "SQL only in cadre-store",
    applies: isRust,
    pattern: /\b(rusqlite|postgres)\s*::|\bextern crate (rusqlite|postgres)\b|\buse (rusqlite|postgres)\b/,
    allowed: { "src-tauri/crates/cadre-store/": "the store" },
  },
  {
    title: "tauri only in the shell",
    applies: isRust,
    pattern: /\btauri(_\w+)?\s*::|\buse tauri\b/,
    allowed: {
      [shell]: "the shell",
      "src-tauri/build.rs": "Tauri's build step",
    },
  },
  {
    title: "@tauri-apps only in ui/src/ipc",
    applies: isFrontEnd,
    pattern: /["'`]@tauri-apps\//,
    allowed: {
      "ui/src/ipc/": "the one door to the back end, so that the interface also runs in a browser",
      "ui/vitest.config.ts": "names packages to bundle for tests, imports none",
    },
  },
  {
    title: "tasks are spawned with a kind, an owner and a token",
    applies: (path) => isRust(path) && !isRustTest(path),
    pattern: /\btokio\s*::\s*(task\s*::\s*)?spawn\b|\buse tokio::(task::)?(spawn\b|\{[^}]*\bspawn\b)/,
    allowed: {
      "src-tauri/crates/cadre-engine/src/tasks.rs": "owns spawning: every task goes through it",
      "src-tauri/crates/cadre-store/src/open.rs": "the writer: one task, owned by WriterTask, ends with the last Store",
    },
  },
];

/** Rust without comments and without its `#[cfg(test)]` modules; line numbers stay as they are. */
export function productionLines(text) {
  const lines = text.split("\n");
  let inTests = false;
  return lines.map((line, index) => {
    // rustfmt puts the closing brace of a module in the first column.
    if (!inTests && /^mod \w+ \{/.test(line) && /^#\[cfg\(test\)\]/.test(lines[index - 1] ?? "")) inTests = true;
    const kept = inTests ? "" : line.replace(/(^|\s)\/\/.*$/, "");
    if (inTests && line === "}") inTests = false;
    return kept;
  });
}

const isAllowed = (allowed, path) =>
  Object.keys(allowed).some((place) => (place.endsWith("/") ? path.startsWith(place) : path === place));

/** Judges one source file; returns the violations in words. */
export function judgeSource(path, text) {
  const rules = sourceRules.filter((rule) => rule.applies(path) && !isAllowed(rule.allowed, path));
  if (rules.length === 0) return [];
  const lines = path.endsWith(".rs") ? productionLines(text) : text.split("\n");
  return rules.flatMap((rule) =>
    lines.flatMap((line, index) => (rule.pattern.test(line) ? [`${path}:${index + 1}: ${rule.title}`] : [])),
  );
}
