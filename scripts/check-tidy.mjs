// npm run check:tidy: what no compiler looks at.
import { judgeErrorPages, judgeLength, judgeMarks, judgeRegistries, marksAllowed } from "./tidy.mjs";
import { textOf, trackedFiles } from "./tracked-files.mjs";

const files = trackedFiles();
const violations = [];
const warnings = [];

for (const path of files) {
  const text = textOf(path);
  const length = judgeLength(path, text);
  violations.push(...judgeRegistries(path, text), ...judgeMarks(path, text), ...length.violations);
  warnings.push(...length.warnings);
}

for (const { pattern, reason } of marksAllowed) {
  if (!files.some((path) => pattern.test(path))) {
    violations.push(`scripts/tidy.mjs: marksAllowed has ${pattern} (${reason}) and no such file is left`);
  }
}

const errorIndex = "docs/errors/index.json";
if (files.includes(errorIndex)) violations.push(...judgeErrorPages(JSON.parse(textOf(errorIndex)), files));

for (const warning of warnings) console.error(`warning: ${warning}`);
for (const violation of violations) console.error(violation);
if (violations.length > 0) {
  console.error(`\n${violations.length} things to tidy; the rules: scripts/tidy.mjs`);
  process.exit(1);
}
console.log(`${files.length} files are tidy${warnings.length > 0 ? `, ${warnings.length} with a warning` : ""}.`);
