// What people do with a page: keys, mouse, copying, and addresses that are wrong.
import { accessible, tab } from "./look.mjs";

export async function interactions(look, list) {
  const { report, site } = look;
  const at = await tab(look);
  const { page } = at;
  const graph = list.find((p) => p.name === "graph-item") ?? list.find((p) => p.name === "graph");
  const name = `${site.name} ${graph.name}`;
  const hold = (ok, what) => report.hold(ok, name, "use", what);
  at.where = `${name}, used`;
  await page.goto(site.base + graph.path);
  const view = () => page.locator("#drawing").getAttribute("viewBox");
  const start = await view();
  await page.locator("#canvas").focus();
  await page.keyboard.press("ArrowRight");
  hold(await view() !== start, "an arrow key does not move it");
  const moved = await view();
  await page.keyboard.press("+");
  hold(await view() !== moved, "the plus key does not zoom");
  await page.keyboard.press("0");
  hold(await view() === start, "the zero key does not fit it");
  await page.getByRole("button", { name: "Zoom in" }).click();
  hold(await view() !== start, "the button does not zoom");
  const box = await page.locator("#canvas").boundingBox();
  const before = await view();
  await page.mouse.move(box.x + 20, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + 100, box.y + 60, { steps: 4 });
  await page.mouse.up();
  hold(await view() !== before, "dragging does not move it");
  await page.locator("#drawing .node").last().focus();
  hold(await page.locator(".tip").isVisible(), "a node in focus does not tell about itself");
  await page.keyboard.press("Escape");
  hold(!(await page.locator(".tip").isVisible()), "Escape does not hide the hint");
  const sheets = (await page.pdf({ preferCSSPageSize: true })).toString("latin1").match(/\/Type\s*\/Page\b/g).length;
  hold(sheets === 1, `printed on ${sheets} sheets`);
  hold(await view() !== before, "printing moves it");
  at.where = `${site.name} overview, used`;
  await page.goto(site.base);
  await page.keyboard.press("Tab");
  report.hold(await page.evaluate(() => document.activeElement.className) === "skip", `${site.name} overview`, "use", "the first stop is not the skip link");
  await page.keyboard.press("Enter");
  report.hold(await page.evaluate(() => document.activeElement.id) === "main", `${site.name} overview`, "use", "the skip link does not lead to the content");
  const brief = list.find((p) => p.name === "brief-two");
  if (brief) {
    at.where = `${site.name} brief, used`;
    await at.context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.goto(site.base + brief.path);
    await page.locator("button[data-copy]").click();
    await page.getByText("Copied.").waitFor();
    const printed = (await page.pdf({ format: "A4" })).toString("latin1").match(/\/Type\s*\/Page\b/g).length;
    report.hold(printed <= 2, `${site.name} brief-two`, "use", `printed on ${printed} pages`);
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    report.hold(copied.startsWith("# ") && copied === await page.locator("#markdown").textContent(), `${site.name} brief-two`, "use", "what is copied is not the Markdown");
  }
  await at.close();
}

// wrongAddresses: what is wrong gets a page that helps, and programs a problem.
export async function wrongAddresses(look) {
  const { report, site } = look;
  const at = await tab(look);
  at.wrong = true;
  const wrong = [
    ["blocked?team=nobody-at-all", 400], ["item?ref=nothing:X-1", 404], ["blokced", 404], ["graph?limit=99999", 400], ["blocked?page=99999", 404],
    ["blocked?rows=100000", 400], ["items?state=sleeping", 400], ["items?colour=red", 400], ["team?name=nobody", 400], [`items?q=${"x".repeat(3000)}`, 400],
  ];
  for (const [path, status] of wrong) {
    const name = `${site.name} wrong addresses`;
    at.where = `${name}: ${path.slice(0, 60)}`;
    const response = await at.page.goto(site.base + path);
    report.hold(response.status() === status, name, "answers", `${path.slice(0, 60)}: status ${response.status()}`);
    report.hold(await at.page.locator("main h1").count() === 1, name, "no script", `${path.slice(0, 60)}: no page`);
    await accessible(at, report, name);
    const plain = await fetch(`${site.base}api/v1/${path}`, { headers: { Accept: "application/json" } });
    if (/^(blocked|items|graph)\?/.test(path) && !/page=|rows=/.test(path)) {
      report.hold(plain.status === status && plain.headers.get("content-type").startsWith("application/problem+json"), name, "as JSON", `${path.slice(0, 60)}: ${plain.status} ${plain.headers.get("content-type")}`);
    }
  }
  await at.close();
}
