import { defineConfig } from "@playwright/test";
import stories from "../playwright.config";

export default defineConfig({
  ...stories,
  testDir: ".",
  testMatch: "*.bench.ts",
  outputDir: "../node_modules/.cache/bench",
  timeout: 0,
  workers: 1,
  fullyParallel: false,
  retries: 0,
  reporter: [["line"]],
});
