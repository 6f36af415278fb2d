import assert from "node:assert/strict";
import { test } from "node:test";
import { nextest, nodeTest, vitest } from "./test/counts.mjs";
import { summary } from "./test/stages.mjs";

// Closing lines as the runners print them.
for (const [why, count, output, expected] of [
  ["nextest, all well", nextest, "     Summary [   0.012s] 24 tests run: 24 passed, 0 skipped\n", [24, 0, 0]],
  ["nextest, one test", nextest, "     Summary [   0.012s] 1 test run: 1 passed, 0 skipped\n", [1, 0, 0]],
  [
    "nextest, with every kind of failure",
    nextest,
    "     Summary [  63.201s] 9/12 tests run: 5 passed (1 slow), 2 failed, 1 timed out, 1 exec failed, 3 skipped\n" +
      "        FAIL [   0.1s] cadre-core a::b\nerror: test run failed\n",
    [5, 4, 3],
  ],
  ["nextest, did not compile", nextest, "error: could not compile `cadre-core`\n", null],
  [
    "node",
    nodeTest,
    "ℹ tests 9\nℹ suites 0\nℹ pass 3\nℹ fail 1\nℹ cancelled 2\nℹ skipped 1\nℹ todo 2\nℹ duration_ms 45\n",
    [3, 3, 3],
  ],
  ["node, as TAP", nodeTest, "# pass 3\n# fail 0\n", [3, 0, 0]],
  ["vitest", vitest, " Test Files  1 failed | 2 passed (3)\n      Tests  1 failed | 11 passed | 2 skipped (14)\n", [11, 1, 2]],
  ["vitest, in colour", vitest, "\u001b[2m      Tests \u001b[22m \u001b[32m12 passed\u001b[39m\u001b[90m (12)\u001b[39m\n", [12, 0, 0]],
  ["vitest, no test files", vitest, "No test files found, exiting with code 1\n", null],
]) {
  test(`counts of ${why}`, () => {
    const [passed, failed, skipped] = expected ?? [];
    assert.deepEqual(count(output), expected && { passed, failed, skipped });
  });
}

test("the summary's last line is the sum, alone", () => {
  const stage = (name, state, counts) => ({ name, state, seconds: 1, counts, note: "" });
  const lines = summary([
    stage("a", "ok", { passed: 3, failed: 0, skipped: 1 }),
    stage("b", "FAILED", { passed: 2, failed: 1, skipped: 0 }),
    stage("c", "FAILED", null),
    stage("d", "not run", null),
  ]).split("\n");
  assert.equal(lines.at(-1), "5 passed, 1 failed");
  assert.equal(lines.at(-2), "Not passed: b, c, d");
});
