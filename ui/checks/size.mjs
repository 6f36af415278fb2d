// What a window has to load before Home can be used: the entry and the Home page with all they import at once, scripts and
// styles, gzipped. Everything else is loaded when it is asked for. Fails above the budget.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const BUDGET_KIB = 300;
const DIST = new URL('../dist/', import.meta.url);
const NEEDED = ['index.html', 'src/places/home/HomePage.tsx'];

const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', DIST), 'utf8'));
const files = new Set();
const seen = new Set();

function collect(key) {
  const chunk = manifest[key];
  if (!chunk || seen.has(key)) return;
  seen.add(key);
  files.add(chunk.file);
  for (const style of chunk.css ?? []) files.add(style);
  for (const next of chunk.imports ?? []) collect(next);
}
for (const key of NEEDED) {
  if (!manifest[key]) throw new Error(`The build has no ${key}: run "npm run ui:build" first`);
  collect(key);
}

const sizes = [...files]
  .map((file) => [file, gzipSync(readFileSync(new URL(file, DIST))).length])
  .toSorted((a, b) => b[1] - a[1]);
const total = sizes.reduce((sum, [, size]) => sum + size, 0);
for (const [file, size] of sizes) console.log(`${(size / 1024).toFixed(1).padStart(7)} KiB  ${file}`);
console.log(`${(total / 1024).toFixed(1).padStart(7)} KiB  of ${BUDGET_KIB} before Home can be used`);
if (total > BUDGET_KIB * 1024) {
  console.error('Over the budget: load what Home does not need lazily.');
  process.exit(1);
}
