// Every filter, every order and the pages of every table.
import { tab } from "./look.mjs";

const number = (text) => Number(text.replaceAll(",", ""));
const totalOf = (html) => number(html.match(/id="total">([\d,]+)</)?.[1] ?? "-1");

export async function everyFilter(look, list, javaScriptEnabled) {
  const { report, site } = look;
  const at = await tab(look, { javaScriptEnabled });
  const { page } = at;
  const total = async () => number(await page.locator("#total").textContent());
  const get = async (address) => (await fetch(new URL(address, site.base))).text();
  for (const { name: table, path } of list) {
    const name = `${site.name} ${table}`;
    at.where = `${name}, filtered`;
    await page.goto(site.base + path);
    if (!(await page.locator("#total").count())) continue;
    const all = await total();
    const selects = await page.locator("form.filters select").evaluateAll((s) => s.map((e) => [e.name, [...e.options].map((o) => o.value).filter(Boolean)]));
    for (const [filter, values] of selects.filter(([, values]) => values.length)) { // there may be no program to choose
      // By hand one value of each.
      const value = values.at(Math.min(1, values.length - 1));
      await page.goto(site.base + path);
      const choose = async () => {
        await page.locator(`form.filters select[name=${filter}]`).selectOption(value);
        if (!javaScriptEnabled) await page.locator("form.filters button").click();
      };
      await Promise.all([page.waitForURL((u) => u.searchParams.get(filter) === value), choose()]);
      if (!(await page.locator("#total").count())) { // of one team the gaps are a page of their own
        report.hold(await page.locator("main h1").count() === 1, name, javaScriptEnabled ? "filter" : "filter, no script", `${filter}=${value}: no page`);
        continue;
      }
      const shown = await total(), kind = javaScriptEnabled ? "filter" : "filter, no script";
      report.hold(shown <= all && await page.locator(".chip").count() === 1, name, kind, `${filter}=${value}: ${shown} rows of ${all}`);
      if (!javaScriptEnabled) continue;
      // All values by their addresses: the page counts what the API gives.
      for (const v of values.slice(0, 40)) {
        const html = await get(`${path}?${new URLSearchParams({ [filter]: v })}`);
        const href = (what) => html.match(new RegExp(`href="([^"]*)">${what}<`))[1].replaceAll("&amp;", "&");
        const data = JSON.parse(await get(href("JSON")));
        report.hold(data.total === totalOf(html), name, "as JSON", `${filter}=${v}: the page shows ${totalOf(html)}, the API ${data.total}`);
        const csv = await fetch(new URL(href("CSV"), site.base));
        report.hold(csv.ok && csv.headers.get("content-type").startsWith("text/csv"), name, "as CSV", `${filter}=${v}: ${csv.status}`);
      }
    }
    if (!javaScriptEnabled) continue;
    const front = await get(path);
    for (const [, href] of front.slice(front.indexOf("<thead>"), front.indexOf("</thead>")).matchAll(/href="([^"]*)"/g)) {
      const html = await get(href.replaceAll("&amp;", "&"));
      report.hold((html.match(/aria-sort=/g) ?? []).length === 1 && totalOf(html) === all, name, "sort", href);
    }
    if (await page.locator("form.filters input[name=q]").count()) {
      await page.goto(site.base + path);
      await page.locator("form.filters input[name=q]").fill("zzzz no such thing");
      await page.locator("form.filters button").click();
      await page.waitForURL(/q=zzzz/);
      report.hold(await total() === 0, name, "search", "finds what is not there");
    }
    if (all > 1) {
      await page.goto(`${site.base}${path}?rows=1`);
      await page.locator("a[rel=next]").click();
      await page.waitForURL(/page=2/);
      report.hold(await page.locator("tbody tr").count() === 1, name, "paging", "page 2 has not one row");
    }
  }
  await at.close();
}
