// node check.mjs --waitgraph=BINARY|--base=URL: every page in a real browser, held
// to what all pages promise. Prints a line for each page and fails on any complaint.
import axe from "axe-core";
import { flags, launch, pages, site } from "./browser.mjs";

const options = flags(process.argv.slice(2));
const begun = Date.now();
const { base, stop } = await site(options);
const browser = await launch();
const complaints = [];
let checks = 0;

function hold(ok, where, what) {
  checks++;
  if (!ok) complaints.push(`${where}: ${what}`);
}

// newContext is a browser of its own that does not wait for long.
async function newContext(how) {
  const context = await browser.newContext(how);
  context.setDefaultTimeout(15_000);
  return context;
}

// visit opens a page and holds it to what every page is held to.
async function visit(context, where, path) {
  const page = await context.newPage();
  let bytes = 0;
  page.on("console", (m) => { if (["error", "warning"].includes(m.type())) complaints.push(`${where}: console: ${m.text()}`); });
  page.on("pageerror", (e) => complaints.push(`${where}: ${e}`));
  page.on("request", (r) => { if (!r.url().startsWith(base)) complaints.push(`${where}: asks ${r.url()}`); });
  page.on("response", (r) => {
    if (r.status() >= 400) complaints.push(`${where}: ${r.status()} of ${r.url()}`);
    bytes += Number(r.headers()["content-length"] ?? 0);
  });
  const response = await page.goto(base + path, { waitUntil: "load", timeout: 15_000 });
  hold(response.status() === 200, where, `status ${response.status()}`);
  hold(bytes > 0 && bytes < 100_000, where, `${bytes} bytes until it shows`);
  return page;
}

async function fits(page, where) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  hold(wide <= 0, where, `${wide} px wider than the window`);
}

async function accessible(page, where) {
  await page.evaluate(axe.source);
  const { violations, passes } = await page.evaluate(() => axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"] }));
  checks += passes.length;
  for (const v of violations) complaints.push(`${where}: axe ${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.target.join(" ") + " " + n.html.slice(0, 120)).join(" | ")}`);
}

async function everyPage(list, viewport, colorScheme, javaScriptEnabled, withAxe) {
  if (options.verbose) console.log(viewport.width, colorScheme, javaScriptEnabled, Date.now() - begun);
  const context = await newContext({ viewport, colorScheme, javaScriptEnabled, reducedMotion: javaScriptEnabled ? "no-preference" : "reduce" });
  for (const { name, path } of list) {
    const where = `${name} ${viewport.width}px ${colorScheme}${javaScriptEnabled ? "" : " without script"}`;
    const page = await visit(context, where, path);
    if (javaScriptEnabled) {
      await fits(page, where);
      if (withAxe) await accessible(page, where);
    } else {
      hold(await page.locator("main h1").count() === 1, where, "no heading");
      hold(!(await page.locator("button[data-copy]:visible").count()), where, "a button that needs a script shows");
    }
    await page.close();
  }
  await context.close();
}

// Every filter, every order and the pages of every table.
async function everyFilter(list, javaScriptEnabled) {
  if (options.verbose) console.log("filters", javaScriptEnabled, Date.now() - begun);
  const context = await newContext({ viewport: { width: 1440, height: 900 }, javaScriptEnabled });
  for (const { name, path } of list) {
    const page = await context.newPage();
    await page.goto(base + path);
    const total = async () => Number((await page.locator("#total").textContent()).replaceAll(",", ""));
    if (!(await page.locator("#total").count())) { await page.close(); continue; }
    const all = await total();
    const selects = await page.locator("form.filters select").evaluateAll((s) => s.map((e) => [e.name, [...e.options].slice(0, 3).at(-1).value]));
    for (const [filter, value] of selects) {
      const where = `${name}: filter ${filter}=${value}${javaScriptEnabled ? "" : " without script"}`;
      await page.goto(base + path);
      const select = page.locator(`form.filters select[name=${filter}]`);
      const moved = page.waitForURL((u) => u.searchParams.get(filter) === value);
      await select.selectOption(value);
      if (!javaScriptEnabled) await page.locator("form.filters button").click();
      await moved;
      const shown = await total();
      hold(shown <= all, where, `${shown} rows of ${all}`);
      hold(await page.locator(".chip").count() === 1, where, "the filter is not shown");
      const json = await page.locator(".exports a", { hasText: "JSON" }).getAttribute("href");
      const data = await (await fetch(new URL(json, page.url()))).json();
      hold(data.total === shown, where, `the page shows ${shown}, the API ${data.total}`);
      const csv = await page.locator(".exports a", { hasText: "CSV" }).getAttribute("href");
      const answer = await fetch(new URL(csv, page.url()));
      hold(answer.ok && answer.headers.get("content-type").startsWith("text/csv"), where, `CSV answers ${answer.status}`);
    }
    await page.goto(base + path);
    for (const href of await page.locator("thead a").evaluateAll((a) => a.map((e) => e.href))) {
      const response = await page.goto(href);
      hold(response.ok() && (await page.locator("th[aria-sort]").count()) === 1, `${name}: ${href}`, "not sorted");
      hold(await total() === all, `${name}: ${href}`, "another number of rows");
    }
    if (await page.locator("form.filters input[name=q]").count()) {
      await page.goto(base + path);
      await page.locator("form.filters input[name=q]").fill("zzzz no such thing");
      await page.locator("form.filters button").click();
      await page.waitForURL(/q=zzzz/);
      hold(await total() === 0, `${name}: search`, "finds what is not there");
    }
    await page.goto(`${base}${path}?rows=1`);
    if (all > 1) {
      await page.locator("a[rel=next]").click();
      await page.waitForURL(/page=2/);
      hold(await page.locator("tbody tr").count() === 1, `${name}: page 2`, "not one row");
    }
    await page.close();
  }
  await context.close();
}

// What the script adds: the drawing moves, zooms and tells; copying copies.
async function interactions(list) {
  if (options.verbose) console.log("interactions", Date.now() - begun);
  const context = await newContext({ viewport: { width: 1440, height: 900 } });
  const graph = list.find((p) => p.name === "graph-item") ?? list.find((p) => p.name === "graph");
  const page = await visit(context, "graph, used", graph.path);
  const view = () => page.locator("#drawing").getAttribute("viewBox");
  const start = await view();
  await page.locator("#canvas").focus();
  await page.keyboard.press("ArrowRight");
  hold(await view() !== start, "graph", "an arrow key does not move it");
  const moved = await view();
  await page.keyboard.press("+");
  hold(await view() !== moved, "graph", "the plus key does not zoom");
  await page.keyboard.press("0");
  hold(await view() === start, "graph", "the zero key does not fit it");
  await page.getByRole("button", { name: "Zoom in" }).click();
  hold(await view() !== start, "graph", "the button does not zoom");
  const box = await page.locator("#canvas").boundingBox();
  const before = await view();
  await page.mouse.move(box.x + 300, box.y + 300);
  await page.mouse.down();
  await page.mouse.move(box.x + 380, box.y + 340, { steps: 4 });
  await page.mouse.up();
  hold(await view() !== before, "graph", "dragging does not move it");
  await page.locator("#drawing .node").last().focus();
  hold(await page.locator(".tip").isVisible(), "graph", "a node in focus does not tell about itself");
  await page.keyboard.press("Escape");
  hold(!(await page.locator(".tip").isVisible()), "graph", "Escape does not hide the hint");
  await page.goto(base);
  await page.keyboard.press("Tab");
  hold(await page.evaluate(() => document.activeElement.className) === "skip", "overview", "the first stop is not the skip link");
  await page.keyboard.press("Enter");
  hold(await page.evaluate(() => document.activeElement.id) === "main", "overview", "the skip link does not lead to the content");
  const brief = list.find((p) => p.name === "brief-two");
  if (brief) {
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.goto(base + brief.path);
    await page.locator("button[data-copy]").click();
    await page.getByText("Copied.").waitFor({ timeout: 3000 });
    hold((await page.evaluate(() => navigator.clipboard.readText())).startsWith("# "), "brief", "what is copied is no Markdown");
  }
  // What is wrong gets a page that helps.
  for (const [path, status] of [["blocked?team=nobody-at-all", 400], ["item?ref=nothing:X-1", 404], ["blokced", 404], ["graph?limit=99999", 400]]) {
    const p = await context.newPage();
    const response = await p.goto(base + path);
    hold(response.status() === status, path, `status ${response.status()}`);
    hold(await p.locator("main h1").count() === 1, path, "no page");
    await accessible(p, path);
    await p.close();
  }
  await context.close();
}

try {
  const list = await pages(base);
  const desk = { width: 1440, height: 900 }, phone = { width: 360, height: 740 };
  const tables = list.filter((p) => !p.path.includes("?") && !["", "graph", "status", "api", "brief"].includes(p.path));
  const runs = [
    // axe is slow: both schemes and both widths come before it, not each with each
    () => everyPage(list, desk, "light", true, true), () => everyPage(list, phone, "dark", true, true),
    () => everyPage(list, desk, "dark", true, false), () => everyPage(list, phone, "light", true, false),
    () => everyPage(list, phone, "light", false, false), () => everyPage(list, desk, "dark", false, false),
    () => everyFilter(tables, true), () => everyFilter(tables, false), () => interactions(list),
  ];
  const lanes = [0, 1].map(async () => { for (let run; (run = runs.shift()); ) await run().catch((e) => complaints.push(`a run ended early: ${String(e.stack).split('\n').filter((l) => !l.startsWith('[pid')).slice(0, 6).join(' ')}`)); });
  await Promise.all(lanes);
  console.log(`pages: ${list.map((p) => p.name).join(", ")}`);
  console.log(`${list.length} pages x (light, dark) x (1440, 360 px) with axe, x script off, every filter of ${tables.length} tables: ${checks} checks, ${complaints.length} complaints, ${Math.round((Date.now() - begun) / 1000)} s`);
} finally {
  await browser.close();
  await stop();
}
for (const c of [...new Set(complaints)]) console.log(`! ${c}`);
process.exitCode = complaints.length ? 1 : 0;
