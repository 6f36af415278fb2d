// What a tidy tree is, as data and as pure judgements. check-tidy.mjs applies them.

/** In pieces, because this file is checked too. Only lock files may say where packages come from. */
const registryHosts = [
  ["crates", "io"],
  ["npmjs", "org"],
  ["npmjs", "com"],
  ["yarnpkg", "com"],
  ["pypi", "org"],
  ["pythonhosted", "org"],
  ["deb", "debian", "org"],
  ["security", "debian", "org"],
  ["proxy", "golang", "org"],
].map((labels) => labels.join("."));

const lockFiles = /(^|\/)(Cargo\.lock|package-lock\.json)$/;

// A host of the list, or a name below it, but not a longer name that merely ends the same way.
const registryPattern = new RegExp(
  `(?<![\\w-])(?:[\\w-]+\\.)*(${registryHosts.map((host) => host.replaceAll(".", "\\.")).join("|")})(?![\\w-])`,
  "i",
);

export function judgeRegistries(path, text) {
  if (lockFiles.test(path)) return [];
  return onLines(path, text, registryPattern, (found) => `names a package registry's host (${found})`);
}

const sourceFile = /\.(rs|ts|tsx|mts|mjs|js|css|html|sql|sh|toml|ya?ml)$|(^|\/)\.ci\/run$/;
const leftover = new RegExp(`\\b(${["TO" + "DO", "FIX" + "ME"].join("|")})\\b`);

/** Sources that name the marks because they look for them, or show somebody looking. */
export const marksAllowed = [
  { pattern: /(^|\/)repository[_-]scout/, reason: "the scout looks for them in the user's repository" },
  { pattern: /cadre-functions\/tests\/functions\/(contract|report_writer)\.rs$/, reason: "tests of just that" },
  { pattern: /(^|\/)report_writer\/scout_findings\.rs$/, reason: "the report writer orders what the scout found" },
];

export function judgeMarks(path, text, allowed = marksAllowed) {
  if (!sourceFile.test(path) || allowed.some((entry) => entry.pattern.test(path))) return [];
  return onLines(path, text, leftover, (found) => `${found}: finish it, or write an issue`);
}

function onLines(path, text, pattern, say) {
  return text.split("\n").flatMap((line, index) => {
    const found = pattern.exec(line);
    return found ? [`${path}:${index + 1}: ${say(found[0])}`] : [];
  });
}

const warnAbove = 500;
const failAbove = 600;

/** Returns {violations, warnings}. A generated file says so with @generated near its top, and may be long. */
export function judgeLength(path, text) {
  const none = { violations: [], warnings: [] };
  if (!/\.(rs|ts|tsx)$/.test(path)) return none;
  if (text.split("\n", 5).some((line) => line.includes("@generated"))) return none;
  // Fixtures are one made-up organisation, told in full: data, which no reader has to hold in mind.
  if (path.startsWith("ui/src/gallery/fixtures/")) return none;
  const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
  if (lines > failAbove) {
    return { ...none, violations: [`${path}: ${lines} lines; more than ${failAbove}, split it by what it owns`] };
  }
  if (lines > warnAbove) return { ...none, warnings: [`${path}: ${lines} lines; at ${failAbove} this becomes an error`] };
  return none;
}

/**
 * docs/errors/index.json is an array of the codes that the api can return; each has a page <code>.md beside it,
 * and each page a code.
 */
export function judgeErrorPages(index, files) {
  if (!Array.isArray(index) || index.some((code) => typeof code !== "string")) {
    return ["docs/errors/index.json: expected an array of codes, each a string"];
  }
  const pages = files
    .map((path) => /^docs\/errors\/([^/]+)\.md$/.exec(path)?.[1])
    .filter((name) => name && name !== "README");
  return [
    ...index.filter((code) => !pages.includes(code)).map((code) => `docs/errors/${code}.md: the page of ${code} is missing`),
    ...pages
      .filter((page) => !index.includes(page))
      .map((page) => `docs/errors/${page}.md: a page for a code that docs/errors/index.json does not list`),
  ];
}
