// The scripts that the page itself names are the first load; everything else comes when it is wanted.
import { readFileSync } from "node:fs";

const STATIC = "../backend/rowlock/static";
const page = readFileSync(new URL(`${STATIC}/index.html`, import.meta.url), "utf8");
const path = [...page.matchAll(/assets\/[\w.-]+\.js/g)].map(([name]) => `${STATIC}/${name}`);

export default [{ name: "first load of script", path, limit: "300 kB", gzip: true }];
