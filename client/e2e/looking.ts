/** Looks at what is on the screen: with axe, and for the documents' pictures. */
import { join } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

const PICTURES = join(import.meta.dirname, "../../docs/pictures");

/** The width below which a page is laid out for a phone. */
const PHONE = 768;

/**
 * Fails if axe finds anything on the page, or within one thing that has opened on it (the rest was looked at before),
 * or if in the colours that are not shown a text is too faint.
 */
export async function expectAccessible(page: Page, where: string, within = "body"): Promise<void> {
  const looking = () => new AxeBuilder({ page }).include(within);
  expect(await violations(looking()), where).toEqual([]);
  // Colours are the same at every width: one look at the other ones does.
  if ((page.viewportSize()?.width ?? 0) < PHONE) return;
  const shown = await paint(page, undefined);
  const other = shown === "dark" ? "light" : "dark";
  await paint(page, other);
  const faint = await violations(looking().withRules(["color-contrast"]));
  await paint(page, shown);
  expect(faint, `${where}, ${other}`).toEqual([]);
}

/** A picture for the documents, taken only when `make pictures` asks; the story runs all the same. */
export async function picture(page: Page, name: string): Promise<void> {
  if (process.env.PICTURES === undefined || (page.viewportSize()?.width ?? 0) < PHONE) return;
  await page.mouse.move(0, 0);
  await page.screenshot({ path: join(PICTURES, `${name}.png`), animations: "disabled", caret: "hide" });
}

async function violations(builder: AxeBuilder): Promise<string[]> {
  const { violations } = await builder.analyze();
  return violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes.map((node) => `${node.html.slice(0, 160)} (${node.failureSummary?.split("\n")[1]?.trim()})`).join(" | ")}`,
  );
}

/** Change the colours and wait until they are on the screen; the answer is what they were. */
function paint(page: Page, scheme: string | undefined): Promise<string> {
  return page.evaluate(async (next) => {
    const root = document.documentElement;
    const before = root.dataset.mantineColorScheme ?? "dark";
    if (next !== undefined) root.dataset.mantineColorScheme = next;
    for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
    // Colours may go over slowly; what never ends (a spinner) is not waited for.
    const changing = document.getAnimations().filter((each) => each instanceof CSSTransition);
    await Promise.allSettled(changing.map((each) => each.finished));
    return before;
  }, scheme);
}
