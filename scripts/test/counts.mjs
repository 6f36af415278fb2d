// How many tests a runner says it ran, read from the closing lines that it prints for people.
// Each returns {passed, failed, skipped}, or null where there is no such line: then nothing was run.

const number = (text, pattern) =>
  [...text.matchAll(pattern)].reduce((sum, found) => sum + Number(found[1]), 0);

/** Some tools colour their output in CI although they are told not to. */
export const withoutColours = (output) => output.replace(/\u001b(\[[0-9;?]*[A-Za-z]|\([A-Z0-9])/g, "");

/** `Summary [   1.2s] 5 tests run: 3 passed (1 slow), 1 failed, 1 timed out, 2 skipped` */
export function nextest(output) {
  const line = withoutColours(output).match(/^\s*Summary \[.*?\] .*tests? run:.*$/gm)?.at(-1);
  if (!line) return null;
  const results = line.slice(line.indexOf("run:"));
  return {
    passed: number(results, /(\d+) passed/g),
    failed: number(results, /(\d+) (?:failed|timed out|exec failed)/g),
    skipped: number(results, /(\d+) skipped/g),
  };
}

/** `ℹ pass 3`, or `# pass 3` when Node writes TAP. A cancelled test has not passed. */
export function nodeTest(output) {
  const text = withoutColours(output);
  const of = (word) => text.match(new RegExp(`^(?:ℹ|#) ${word} (\\d+)$`, "gm"))?.at(-1);
  if (!of("pass")) return null;
  const value = (word) => Number(/\d+$/.exec(of(word) ?? "0")[0]);
  return {
    passed: value("pass"),
    failed: value("fail") + value("cancelled"),
    skipped: value("skipped") + value("todo"),
  };
}

/** `     Tests  1 failed | 12 passed | 2 skipped (15)` */
export function vitest(output) {
  const line = withoutColours(output).match(/^\s*Tests\s+.*\(\d+\)\s*$/gm)?.at(-1);
  if (!line) return null;
  return {
    passed: number(line, /(\d+) passed/g),
    failed: number(line, /(\d+) failed/g),
    skipped: number(line, /(\d+) (?:skipped|todo)/g),
  };
}
