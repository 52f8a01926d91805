// What pages say while a tracker is read for the first time, and while one is not answering.
import { api, simulated, until } from "./browser.mjs";
import { accessible, phone, tab } from "./look.mjs";

const looked = ["", "blocked", "status", "graph"];

// trouble watches a first sync, an outage and its end. shoot, if given, takes a picture of a page.
export async function trouble({ browser, report, options, shoot = async () => {} }) {
  const site = await simulated(options, "troubled");
  const at = await tab({ browser, report, site });
  const { page } = at;
  at.wrong = true; // before there is a graph, pages answer 503
  const jira = async () => (await api(site.base, "status")).trackers.find((t) => t.type === "jira");
  const visit = async (path, what) => {
    at.where = `${what} ${path || "overview"}`;
    await page.goto(site.base + path);
    await accessible(at, report, at.where);
    await shoot(page, `${what.replaceAll(" ", "-")}-${path || "overview"}`);
    await page.setViewportSize(phone);
    report.hold(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth) <= 0, at.where, "fits", "wider than a phone");
    await page.setViewportSize({ width: 1440, height: 900 });
  };
  try {
    // The first sync: each look finds more read than the one before.
    const read = () => page.locator("progress").first().evaluate((bar) => [bar.value, bar.max, bar.position]);
    await until("the first sync has begun", 30, async () => (await jira()).progress.read > 0);
    await visit("", "first sync");
    const hold = (ok, what) => report.hold(ok, at.where, "first sync", what);
    const before = await read();
    hold(before[0] > 0 && before[0] < before[1] && before[2] > 0, `the bar stands at ${before}`);
    hold(/ of [\d,]+ items/.test(await page.locator("main").innerText()), "it does not say how many of how many");
    await visit("status", "first sync");
    await until("the bar goes on by itself", 60, async () => (await read())[0] > before[0]);
    await page.goto(site.base);
    hold((await page.locator(".numbers small").allInnerTexts()).every((note) => note.endsWith("so far")), "its numbers do not say that they are of now");
    await page.evaluate(() => { window.old = true; });
    site.fault();
    await until("all is read", 120, async () => (await api(site.base, "status")).trackers.every((t) => t.fresh));
    await page.waitForFunction(() => !window.old && !document.querySelector("progress"));
    hold(true, "the overview stays as it was when all is read");
    const items = (await api(site.base, "blocked?limit=1")).total;

    // An outage: every page names the tracker and since when, and what is shown stays.
    site.fault({ outage: true });
    const since = (await jira()).last_sync;
    await until("Jira is stale", 60, async () => !(await jira()).fresh);
    for (const path of looked) {
      await visit(path, "stale");
      const said = await page.locator(".alarm").allInnerTexts();
      report.hold(said.length === 1 && /^jira is stale since \d{4}-\d\d-\d\dT/.test(said[0]), at.where, "stale", `says ${said}`);
      const told = await page.locator(".alarm time").getAttribute("datetime");
      report.hold(Math.abs(new Date(told) - new Date(since)) < 10_000, at.where, "stale", `since ${told}, last read at ${since}`);
    }
    const now = await api(site.base, "blocked?limit=1");
    report.hold(now.stale && now.total === items && items > 0, "stale blocked", "as JSON", `${now.total} of ${items} items, stale ${now.stale}`);
    site.fault();
    await until("Jira is fresh again", 120, async () => (await jira()).fresh);
    await page.goto(site.base);
    report.hold(!(await page.locator(".alarm").count()), "stale overview", "stale", "the banner stays after the outage");
  } finally {
    await at.close();
    await site.stop();
  }
}
