// What a window loads before Home can be used, as `npm run ui:size` counts it.
import { execFileSync } from "node:child_process";
import { join } from "node:path";

const limits = { gzipped_kib: 300 };

export function size() {
  const script = join(import.meta.dirname, "..", "..", "ui", "checks", "size.mjs");
  const said = execFileSync(process.execPath, [script], { encoding: "utf8" });
  const figures = { gzipped_kib: Number(/([\d.]+) KiB {2}of \d+ before/.exec(said)[1]) };
  return { figures, limits, within: figures.gzipped_kib <= limits.gzipped_kib };
}
