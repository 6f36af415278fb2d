// From the start of the desktop application's process to Home with its data on the screen. What is looked at is the
// screen itself: the memory into which a display of our own draws. Nothing drives or slows the application.
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { median, rounded } from "./workspace.mjs";

const limits = { median_ms: 1200 };
/** A picture that does not change for this long is the last one. */
const STABLE_MS = 1200;
/** A blinking caret or a clock is not another picture. */
const ALIKE = 0.998;

/** Pictures of the screen as they change, until nothing changes any more. */
async function pictures(file, started) {
  const size = statSync(file).size;
  const handle = openSync(file, "r");
  const seen = [];
  let last = Buffer.alloc(0);
  try {
    for (;;) {
      const picture = Buffer.allocUnsafe(size);
      readSync(handle, picture, 0, size, 0);
      const at = performance.now() - started;
      if (!picture.equals(last)) seen.push({ at, picture });
      last = picture;
      if (seen.length > 1 && at - seen.at(-1).at > STABLE_MS) return seen;
      if (at > 20_000) throw new Error("the screen does not come to rest");
      await wait(8);
    }
  } finally {
    closeSync(handle);
  }
}

function alike(one, other) {
  const [a, b] = [new Uint32Array(one.buffer, one.byteOffset, one.length >> 2), new Uint32Array(other.buffer, other.byteOffset, other.length >> 2)];
  let same = 0;
  for (let index = 0; index < a.length; index += 1) if (a[index] === b[index]) same += 1;
  return same / a.length >= ALIKE;
}

export async function firstPaint({ Desktop, workspace, times }) {
  const measured = [];
  for (let time = 0; time < times; time += 1) {
    const desktop = await Desktop.start({ size: "1280x840", framebuffer: true });
    try {
      const started = performance.now();
      desktop.launch(["--workspace", workspace]);
      const seen = await pictures(join(desktop.folder, "screen", "Xvfb_screen0"), started);
      const whole = seen.findIndex(({ picture }) => alike(picture, seen.at(-1).picture));
      measured.push(seen[whole].at);
    } finally {
      await desktop.stop();
    }
  }
  const figures = { median_ms: rounded(median(measured)), all_ms: measured.map(Math.round), starts: times };
  return { figures, limits, within: figures.median_ms < limits.median_ms };
}
