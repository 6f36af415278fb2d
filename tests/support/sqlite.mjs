// Reads the tables of a workspace's file without SQLite and without Cadre: a witness that shares no code with what
// it speaks about, opens nothing, locks nothing and changes nothing. Only what such a file has: tables, and a
// write-ahead log that a killed program left behind. https://www.sqlite.org/fileformat2.html
import { existsSync, readFileSync } from "node:fs";

/** Gives `rows(table)`: an array of objects by column name. */
export function readDatabase(file) {
  const pages = readPages(file);
  const tables = new Map();
  for (const [type, , table, root, sql] of records(pages, 1)) {
    if (type === "table") tables.set(table, { root, ...columnsOf(sql) });
  }
  return {
    rows(name) {
      const table = tables.get(name);
      if (!table) throw new Error(`${file} has no table ${name}`);
      return records(pages, table.root).map((record) => {
        const value = (column, index) => (column === table.rowid ? record.rowid : (record[index] ?? null));
        return Object.fromEntries(table.stored.map((column, index) => [column, value(column, index)]));
      });
    },
  };
}

function readPages(file) {
  const main = readFileSync(file);
  const size = main.readUInt16BE(16) === 1 ? 65536 : main.readUInt16BE(16);
  const pages = { size, usable: size - main[20], byNumber: new Map() };
  for (let number = 1; number * size <= main.length; number++) {
    pages.byNumber.set(number, main.subarray((number - 1) * size, number * size));
  }
  if (existsSync(`${file}-wal`)) applyLog(pages, readFileSync(`${file}-wal`));
  return pages;
}

/** Frames up to the last commit; what follows was never acknowledged to anybody. */
function applyLog(pages, log) {
  if (log.length < 32) return;
  const read = log.readUInt32BE(0) & 1 ? (at) => log.readUInt32BE(at) : (at) => log.readUInt32LE(at);
  const sum = ([first, second], from, to) => {
    for (let at = from; at < to; at += 8) {
      first = (first + read(at) + second) >>> 0;
      second = (second + read(at + 4) + first) >>> 0;
    }
    return [first, second];
  };
  let running = sum([0, 0], 0, 24);
  let open = new Map();
  for (let at = 32; at + 24 + pages.size <= log.length; at += 24 + pages.size) {
    running = sum(sum(running, at, at + 8), at + 24, at + 24 + pages.size);
    const ours = log.compare(log, 16, 24, at + 8, at + 16) === 0;
    const whole = log.readUInt32BE(at + 16) === running[0] && log.readUInt32BE(at + 20) === running[1];
    if (!ours || !whole) return;
    open.set(log.readUInt32BE(at), log.subarray(at + 24, at + 24 + pages.size));
    if (log.readUInt32BE(at + 4) === 0) continue;
    for (const [number, page] of open) pages.byNumber.set(number, page);
    open = new Map();
  }
}

/** Names of a table's columns in the order in which they are stored, and the one that is the row's number. */
function columnsOf(sql) {
  const body = sql.slice(sql.indexOf("(") + 1, sql.lastIndexOf(")"));
  const parts = body.split(/,(?![^(]*\))/).map((part) => part.trim());
  const key = parts.find((part) => /^PRIMARY KEY/i.test(part));
  const columns = parts.filter((part) => part !== key).map((part) => ({ name: /^"?(\w+)/.exec(part)[1], part }));
  const names = columns.map((column) => column.name);
  if (!/WITHOUT ROWID/i.test(sql)) {
    return { stored: names, rowid: columns.find(({ part }) => /INTEGER PRIMARY KEY/i.test(part))?.name };
  }
  const first = key ? key.slice(key.indexOf("(") + 1, -1).split(",").map((name) => name.trim()) : [];
  if (!key) first.push(columns.find(({ part }) => /PRIMARY KEY/i.test(part)).name);
  return { stored: [...first, ...names.filter((name) => !first.includes(name))], rowid: null };
}

const interiorIndex = 2;
const interiorTable = 5;
const leafIndex = 10;
const leafTable = 13;

/** All records below a root, in order: arrays of cells, with `rowid` where there is one. */
function records(pages, root) {
  const found = [];
  const visit = (number) => {
    const page = pages.byNumber.get(number);
    const start = number === 1 ? 100 : 0;
    const kind = page[start];
    const interior = kind === interiorIndex || kind === interiorTable;
    for (let index = 0; index < page.readUInt16BE(start + 3); index++) {
      let at = page.readUInt16BE(start + (interior ? 12 : 8) + 2 * index);
      if (interior) {
        visit(page.readUInt32BE(at));
        at += 4;
      }
      if (kind === interiorTable) continue;
      const [length, after] = varint(page, at);
      const [rowid, content] = kind === leafTable ? varint(page, after) : [null, after];
      const record = cells(payload(pages, page, content, length, kind !== leafTable));
      if (rowid !== null) record.rowid = rowid;
      found.push(record);
    }
    if (interior) visit(page.readUInt32BE(start + 8));
    if (![interiorIndex, interiorTable, leafIndex, leafTable].includes(kind)) throw new Error(`page ${number} is no tree`);
  };
  visit(root);
  return found;
}

function payload(pages, page, at, length, isIndex) {
  const { usable } = pages;
  const most = isIndex ? Math.floor(((usable - 12) * 64) / 255) - 23 : usable - 35;
  if (length <= most) return page.subarray(at, at + length);
  const least = Math.floor(((usable - 12) * 32) / 255) - 23;
  const fitting = least + ((length - least) % (usable - 4));
  const local = fitting <= most ? fitting : least;
  const parts = [page.subarray(at, at + local)];
  let missing = length - local;
  for (let next = page.readUInt32BE(at + local); missing > 0; ) {
    const overflow = pages.byNumber.get(next);
    parts.push(overflow.subarray(4, 4 + Math.min(missing, usable - 4)));
    missing -= usable - 4;
    next = overflow.readUInt32BE(0);
  }
  return Buffer.concat(parts);
}

function cells(record) {
  const [headerEnd, start] = varint(record, 0);
  let at = start;
  let content = headerEnd;
  const found = [];
  while (at < headerEnd) {
    const [type, after] = varint(record, at);
    const [value, length] = cell(record, content, type);
    found.push(value);
    content += length;
    at = after;
  }
  return found;
}

function cell(record, at, type) {
  if (type === 0) return [null, 0];
  if (type <= 4) return [record.readIntBE(at, type), type];
  if (type === 5) return [record.readIntBE(at, 6), 6];
  if (type === 6) return [Number(record.readBigInt64BE(at)), 8];
  if (type === 7) return [record.readDoubleBE(at), 8];
  if (type <= 9) return [type - 8, 0];
  const length = (type - 12 - (type % 2)) / 2;
  const bytes = record.subarray(at, at + length);
  return [type % 2 ? bytes.toString("utf8") : bytes, length];
}

function varint(bytes, at) {
  let value = 0n;
  for (let index = 0; index < 8; index++) {
    const byte = bytes[at + index];
    value = (value << 7n) | BigInt(byte & 0x7f);
    if (byte < 0x80) return [Number(value), at + index + 1];
  }
  return [Number(BigInt.asIntN(64, (value << 8n) | BigInt(bytes[at + 8]))), at + 9];
}
