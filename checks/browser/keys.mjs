// What can be done without a mouse, and what stands still for those who wish it.
import { api } from "./browser.mjs";
import { tab } from "./look.mjs";

// reach presses Tab until the focus is where a test of the element says, and gives what it passed.
async function reach(page, wanted, most = 400) {
  const passed = [];
  for (let i = 0; i < most; i++) {
    await page.keyboard.press("Tab");
    const here = await page.evaluate((test) => {
      const e = document.activeElement;
      const box = e.getBoundingClientRect();
      return { name: (e.getAttribute("aria-label") || e.name || e.textContent || e.tagName).trim().slice(0, 40), there: e.matches(test), seen: box.width > 0 && box.height > 0, body: e === document.body };
    }, wanted);
    passed.push(here);
    if (here.there) return passed;
    if (here.body) break; // once round
  }
  return undefined;
}

export async function keyboard(look, list) {
  const { report, site } = look;
  const at = await tab(look);
  const { page } = at;
  const visit = async (path) => { at.where = `${site.name} ${path}, by keyboard`; await page.goto(site.base + path); };
  for (const path of ["blocked", "dependencies", "items"]) {
    const name = `${site.name} ${path}`;
    const hold = (ok, what) => report.hold(ok, name, "keyboard", what);
    await visit(path);
    // From the top: search, pages, filters, headings, rows, in the order of the page.
    for (const [what, selector] of [["search", "#find"], ["navigation", "nav[aria-label=Pages] a[aria-current]"], ["a filter", "form.filters select, form.filters input"], ["the files", ".exports a"], ["a heading that sorts", "thead a"], ["a row", "tbody a"]]) {
      const passed = await reach(page, selector);
      hold(passed, `Tab does not get to ${what}`);
      hold(passed?.every((stop) => stop.seen || stop.body), `before ${what} the focus is where nothing shows`);
    }
    await visit(path);
    await reach(page, "thead th:nth-child(2) a, thead th:nth-child(3) a");
    const to = await page.evaluate(() => document.activeElement.href);
    await Promise.all([page.waitForURL(to), page.keyboard.press("Enter")]);
    hold(await page.locator("th[aria-sort]").count() === 1, "Enter on a heading does not sort");
    await reach(page, "tbody a.ref");
    const item = await page.evaluate(() => document.activeElement.href);
    await Promise.all([page.waitForURL(item), page.keyboard.press("Enter")]);
    hold(await page.locator("#facts").count() === 1, "Enter on an item does not open it");
  }
  const graph = list.find((p) => p.name === "graph-item");
  if (graph) {
    const name = `${site.name} ${graph.name}`;
    const hold = (ok, what) => report.hold(ok, name, "keyboard", what);
    await visit(graph.path);
    hold(await reach(page, "form.filters select"), "Tab does not get to a filter");
    hold(await reach(page, ".tools button"), "Tab does not get to the tools");
    hold(await reach(page, "#canvas"), "Tab does not get to the drawing");
    const nodes = await page.locator("#drawing .node[href]").count();
    for (let i = 0; i < Math.min(nodes, 12); i++) { // from node to node, each in sight
      const passed = await reach(page, "#drawing .node", 1);
      hold(passed, `Tab does not get to node ${i + 1} of ${nodes}`);
      const inside = await page.evaluate(() => {
        const node = document.activeElement.getBoundingClientRect(), view = document.getElementById("canvas").getBoundingClientRect();
        return node.left >= view.left - 1 && node.right <= view.right + 1 && node.top >= view.top - 1 && node.bottom <= view.bottom + 1;
      });
      hold(inside, `node ${i + 1} has the focus out of sight`);
      const told = await page.locator(".tip").textContent();
      hold(told && await page.locator(".tip").isVisible(), `node ${i + 1} says nothing`);
    }
    const view = () => page.locator("#drawing").getAttribute("viewBox");
    for (const key of ["ArrowLeft", "ArrowUp", "+", "ArrowRight", "ArrowDown", "-", "-", "="]) {
      const before = await view();
      await page.keyboard.press(key);
      hold(await view() !== before, `${key} does nothing while a node has the focus`);
    }
    const to = await page.evaluate(() => document.activeElement.href.baseVal ?? document.activeElement.href);
    await Promise.all([page.waitForURL((u) => u.href.endsWith(to)), page.keyboard.press("Enter")]);
    hold(await page.locator("#drawing .node.focus").count() === 1, "Enter on a node does not open it");
  }
  await at.close();
}

// whatIf asks an item's page what breaks if it finishes late.
export async function whatIf(look, list) {
  const root = list.find((p) => p.name === "item-root");
  if (!root) return;
  const { report, site } = look;
  for (const javaScriptEnabled of [true, false]) {
    const at = await tab(look, { javaScriptEnabled });
    const { page } = at;
    const name = `${site.name} item-root`;
    const hold = (ok, what) => report.hold(ok, name, "what if", what);
    at.where = `${name}, what if`;
    await page.goto(site.base + root.path);
    const ref = new URL(page.url()).searchParams.get("ref");
    for (const days of [0, 45]) {
      await page.getByLabel("by").fill(String(days));
      await Promise.all([page.waitForURL((u) => u.searchParams.get("days") === String(days)), page.locator("form.inline button").click()]);
      const { slip } = await api(site.base, `items/${encodeURIComponent(ref)}?slip_days=${days}`);
      const section = page.locator("section[aria-labelledby=whatif]");
      const shown = await section.locator("li").filter({ hasText: " late" }).count();
      const more = Number((await section.innerText()).match(/and ([\d,]+) more$/m)?.[1] ?? 0);
      hold(slip.days === days && shown + more === slip.breaks.length, `${days} days late: ${shown} and ${more} dates break, the API knows ${slip.breaks.length}`);
      hold(await page.getByLabel("by").inputValue() === String(days), `${days} days: forgotten`);
    }
    await at.close();
  }
}

// stillness: who wishes for less motion sees nothing move.
export async function stillness(look, list) {
  const { report, site } = look;
  const at = await tab(look);
  const { page } = at;
  const moving = () => page.evaluate(() => {
    const seconds = (text) => Math.max(...text.split(",").map((t) => parseFloat(t) * (t.includes("ms") ? 0.001 : 1)));
    const all = [...document.querySelectorAll("*")].filter((e) => {
      const s = getComputedStyle(e);
      return seconds(s.transitionDuration) > 0 || (s.animationName !== "none" && seconds(s.animationDuration) > 0) || s.scrollBehavior === "smooth";
    });
    return { able: all.length, now: document.getAnimations().length };
  });
  let lively = 0;
  for (const { name: page_, path } of list.filter((p) => ["overview", "blocked", "graph", "graph-item", "item-root", "status"].includes(p.name))) {
    const name = `${site.name} ${page_}`;
    at.where = `${name}, still`;
    for (const reducedMotion of ["reduce", "no-preference"]) {
      await page.emulateMedia({ reducedMotion });
      await page.goto(site.base + path);
      for (const spot of ["nav li:nth-child(3) a", ".numbers a, .chip, thead a", "#drawing .node"]) {
        if (await page.locator(spot).count()) await page.locator(spot).first().hover({ force: true });
      }
      const found = await moving();
      if (reducedMotion === "reduce") report.hold(!found.able && !found.now, name, "still", `${found.able} elements can move, ${found.now} do`);
      else lively += found.able;
    }
  }
  report.hold(lively > 0, `${site.name} overview`, "still", "nothing moves for anybody: this finds nothing");
  await at.close();
}
