// The chart of the organisation in a real browser, moved for some seconds: how many frames a second it draws, with all
// members in view, with the hundreds that fit when their names are just readable, and at full size.
import { launch, stop } from "../support/browser.mjs";
import { serve, session, signedIn } from "../support/host.mjs";
import { fill, rounded } from "./workspace.mjs";

const limits = { frames_per_second: 30 };
const SECONDS = 5;
/** Where names are just readable, and the largest that there is. */
const CHIP_PERCENT = 33;
const FULL_PERCENT = 150;
const MEMBERS = Number(process.env.MEMBERS ?? 5000);

/** Runs in the page: turns the wheel once in every frame, and counts the frames. `zoom` also changes the scale. */
function move([seconds, zoom]) {
  const chart = document.querySelector(".org-chart");
  const canvas = chart.querySelector("canvas");
  const { left, top, width, height } = canvas.getBoundingClientRect();
  const at = { clientX: left + width / 2, clientY: top + height / 2, bubbles: true, cancelable: true };
  return new Promise((resolve) => {
    const frames = [];
    const turn = (now) => {
      frames.push(now);
      if (now - frames[0] > seconds * 1000) {
        const slowest = Math.max(...frames.slice(1).map((frame, index) => frame - frames[index]));
        resolve({ frames_per_second: ((frames.length - 1) * 1000) / (now - frames[0]), slowest_ms: slowest });
        return;
      }
      const way = Math.sin(frames.length / 15);
      canvas.dispatchEvent(new WheelEvent("wheel", { ...at, deltaX: 12 * way, deltaY: 8 * way }));
      if (zoom) canvas.dispatchEvent(new WheelEvent("wheel", { ...at, deltaY: 2 * way, ctrlKey: true }));
      requestAnimationFrame(turn);
    };
    requestAnimationFrame(turn);
  });
}

const shown = ({ frames_per_second: rate, slowest_ms: slowest }) => ({
  frames_per_second: rounded(rate),
  slowest_ms: rounded(slowest),
});

export async function chart({ folder, env, ui }) {
  const workspace = `${folder}/many`;
  const members = await fill(workspace, env, MEMBERS);
  const host = await serve(workspace, env, ui);
  const browser = await launch();
  try {
    const page = await signedIn(browser, host, await session(host), "/organisation");
    await page.locator(".org-chart canvas").waitFor({ timeout: 60_000 });
    const all = shown(await page.evaluate(move, [SECONDS, true]));
    const larger = page.getByRole("button", { name: "Larger" });
    const scale = async () => Number.parseFloat(await page.locator(".org-chart .zoom .meta").textContent());
    while ((await scale()) < CHIP_PERCENT) await larger.click();
    const middle = shown(await page.evaluate(move, [SECONDS, false]));
    while ((await scale()) < FULL_PERCENT) await larger.click();
    const near = shown(await page.evaluate(move, [SECONDS, false]));
    const figures = { members, all_in_view: all, as_chips: middle, at_full_size: near };
    const within = [all, middle, near].every((view) => view.frames_per_second >= limits.frames_per_second);
    return { figures, limits, within };
  } finally {
    await browser.close();
    await stop(host.child);
  }
}
