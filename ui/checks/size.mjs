// What a window has to load before Home can be used: the entry and the view of Home with all they import at once, scripts and
// styles, gzipped. Everything else is loaded when it is asked for. Builds in memory and fails above the budget.
import { gzipSync } from 'node:zlib';
import { build } from 'vite';

const BUDGET_KIB = 300;
const NEEDED = ['index.html', 'src/places/home/HomePage.tsx', 'src/places/home/HomeView.tsx'];
const root = new URL('../', import.meta.url).pathname;

const { output } = await build({
  configFile: `${root}vite.config.ts`,
  logLevel: 'error',
  build: { write: false, rolldownOptions: { input: [`${root}index.html`, `${root}src/places/home/HomeView.tsx`] } },
});
const byFile = new Map(output.map((part) => [part.fileName, part]));
const needed = new Map();

function collect(file) {
  const part = byFile.get(file);
  if (!part || needed.has(file)) return;
  needed.set(file, part.code ?? part.source);
  for (const next of part.imports ?? []) collect(next);
}
for (const name of NEEDED) {
  const chunk = output.find((part) => part.type === 'chunk' && part.facadeModuleId?.endsWith(name));
  if (!chunk) throw new Error(`The build has no chunk for ${name}`);
  collect(chunk.fileName);
}
// All styles are one sheet, loaded with the entry; sheets of lazy parts are named after them.
for (const part of output)
  if (part.fileName.endsWith('.css') && /\/index-|\/style-/.test(part.fileName)) collect(part.fileName);

const sizes = [...needed].map(([file, text]) => [file, gzipSync(text).length]).toSorted((a, b) => b[1] - a[1]);
const total = sizes.reduce((sum, [, size]) => sum + size, 0);
for (const [file, size] of sizes) console.log(`${(size / 1024).toFixed(1).padStart(7)} KiB  ${file}`);
console.log(`${(total / 1024).toFixed(1).padStart(7)} KiB  of ${BUDGET_KIB} before Home can be used`);
if (total > BUDGET_KIB * 1024) {
  console.error('Over the budget: load what Home does not need lazily.');
  process.exit(1);
}
