// The W3C WebDriver protocol, as far as the tests of the window need it.
import { request } from "node:http";

const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";
/** Key codes of the protocol. */
export const KEYS = { Enter: "\uE007", Escape: "\uE00C", Control: "\uE009", Tab: "\uE004" };

export class WebDriver {
  #base;
  #session;

  /** Starts the program and waits until its window has a page. */
  static async start(base, binary, args) {
    const driver = new WebDriver();
    driver.#base = base;
    await driver.#up();
    const options = { "webkitgtk:browserOptions": { binary, args } };
    const { sessionId } = await driver.#send("POST", "/session", { capabilities: { alwaysMatch: options } });
    driver.#session = `/session/${sessionId}`;
    return driver;
  }

  async #up() {
    const end = Date.now() + 10_000;
    while (Date.now() < end) {
      if (await this.#send("GET", "/status").then(() => true, () => false)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error("the driver does not answer");
  }

  #send(method, path, body) {
    return new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const headers = text === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
      const sent = request(`${this.#base}${path}`, { method, headers, timeout: 60_000 }, (answer) => {
        const chunks = [];
        answer.on("data", (chunk) => chunks.push(chunk));
        answer.on("end", () => {
          const { value } = JSON.parse(Buffer.concat(chunks).toString("utf8"));
          if (answer.statusCode < 400) resolve(value);
          else reject(new Error(`${method} ${path}: ${value?.error}: ${value?.message}`));
        });
      });
      sent.on("timeout", () => sent.destroy(new Error(`${method} ${path}: no answer`)));
      sent.on("error", reject);
      sent.end(text);
    });
  }

  #ask(method, path, body) {
    return this.#send(method, `${this.#session}${path}`, body);
  }

  /** Runs a function of the test in the page. What it gives has to be JSON. */
  run(act, ...args) {
    return this.#ask("POST", "/execute/sync", { script: `return (${act})(...arguments)`, args });
  }

  /** The part behind `#` of the address. */
  async page() {
    return new URL(await this.#ask("GET", "/url")).hash.slice(1);
  }

  /** What is on the page, as a person reads it. */
  text() {
    return this.run(() => document.body.innerText);
  }

  /** Waits until `find`, run in the page, gives an element, and answers it. */
  async element(what, find, ...args) {
    const end = Date.now() + 20_000;
    for (;;) {
      const found = await this.run(find, ...args).catch((error) => {
        if (!/navigat|stale|no such/.test(error.message)) throw error;
        return null;
      });
      if (found?.[ELEMENT]) return found;
      if (Date.now() > end) throw new Error(`not on the page: ${what}. There is:\n${await this.text()}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Waits for a visible element of a role with a name that contains `name`. */
  byRole(role, name = "") {
    return this.element(`${role} “${name}”`, findByRole, role, name);
  }

  /** Waits for words on the page. */
  async words(text) {
    return this.element(`the words “${text}”`, findByText, text);
  }

  click(element) {
    return this.#ask("POST", `/element/${element[ELEMENT]}/click`, {});
  }

  type(element, text) {
    return this.#ask("POST", `/element/${element[ELEMENT]}/value`, { text });
  }

  /** Chooses an option of the select with this label. */
  async choose(label, value) {
    const select = await this.element(`select “${label}”`, findSelect, label);
    await this.run((element, wanted) => {
      // React listens to the browser's own setter.
      Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, "value").set.call(element, wanted);
      element.dispatchEvent(new Event("change", { bubbles: true }));
    }, select, value);
  }

  /** Opens a page of the interface by its address behind `#`. */
  goTo(page) {
    return this.run((hash) => {
      location.hash = hash;
    }, page);
  }

  /** Presses keys one after another; those of `held` stay down meanwhile. */
  async keys(keys, held = []) {
    const actions = [
      ...held.map((value) => ({ type: "keyDown", value })),
      ...keys.flatMap((value) => [{ type: "keyDown", value }, { type: "keyUp", value }]),
      ...held.map((value) => ({ type: "keyUp", value })),
    ];
    await this.#ask("POST", "/actions", { actions: [{ type: "key", id: "keyboard", actions }] });
  }

  /** Runs a script whose last argument is a function that ends it with a value. */
  later(script, ...args) {
    return this.#ask("POST", "/execute/async", { script, args });
  }

  /** Waits until everything that moves has arrived, and is drawn. */
  settle() {
    const script = `const done = arguments[0];
      const moving = document.getAnimations().filter((it) => it.effect.getComputedTiming().endTime !== Infinity);
      Promise.allSettled(moving.map((it) => it.finished)).then(() =>
        requestAnimationFrame(() => requestAnimationFrame(() => done(true))));`;
    return this.later(script);
  }

  /** A picture of the page, as bytes. */
  async picture() {
    return Buffer.from(await this.#ask("GET", "/screenshot"), "base64");
  }


  async stop() {
    await this.#ask("DELETE", "");
  }
}

/* These run in the page. */

function findByRole(role, name) {
  const tags = {
    button: "button,[role=button]",
    link: "a[href],[role=link]",
    textbox: "textarea,input:not([type]),input[type=text],[role=textbox]",
    heading: "h1,h2,h3,h4,[role=heading]",
    region: "section[aria-label],section[aria-labelledby],[role=region]",
    table: "table,[role=table]",
    alert: "[role=alert]",
    dialog: "[role=dialog]",
  };
  const nameOf = (element) => {
    const by = element.getAttribute("aria-labelledby");
    const label = by && by.split(" ").map((id) => document.getElementById(id)?.textContent ?? "").join(" ");
    return (element.getAttribute("aria-label") ?? label ?? element.labels?.[0]?.textContent ?? element.textContent ?? "").trim();
  };
  const seen = (element) => element.checkVisibility?.() ?? element.offsetParent !== null;
  return [...document.querySelectorAll(tags[role] ?? `[role=${role}]`)].find(
    (element) => seen(element) && nameOf(element).includes(name),
  );
}

function findSelect(label) {
  return [...document.querySelectorAll("select")].find((it) => it.labels[0]?.textContent.includes(label));
}

function findByText(text) {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (node.data.includes(text) && (parent.checkVisibility?.() ?? true)) return parent;
  }
  return null;
}
