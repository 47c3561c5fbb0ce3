/** The script that a browser loads, as it comes over the wire. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { test } from "../e2e/rowlock";
import { say } from "./figures";

const STATIC = join(import.meta.dirname, "../../backend/rowlock/static");

test("size of the script", () => {
  const page = readFileSync(join(STATIC, "index.html"), "utf8");
  const first = [...page.matchAll(/assets\/([\w.-]+\.js)/g)].map(([, name]) => name ?? "");
  const all = readdirSync(join(STATIC, "assets")).filter((name) => name.endsWith(".js"));
  say(`script, gzip: ${sizeOf(first)} before the first page, ${sizeOf(all)} with every page and the grid`);
});

function sizeOf(names: readonly string[]): string {
  const bytes = names.map(
    (name) => gzipSync(readFileSync(join(STATIC, "assets", name)), { level: 9 }).length,
  );
  return `${(bytes.reduce((sum, each) => sum + each, 0) / 1000).toFixed(0)} kB`;
}
