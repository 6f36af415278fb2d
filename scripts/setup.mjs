// npm run setup: prepares for everything that `npm test` needs, and does nothing else.
import { prepareOrExit } from "./setup/prepare.mjs";

prepareOrExit("test");
console.error("[setup] ready");
