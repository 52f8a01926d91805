// What a graph of items promises: what is left out opens, what is settled shows on request,
// and cycles, root blockers, conflicts and numbers can be told apart by more than colour.
import { api } from "./browser.mjs";
import { tab } from "./look.mjs";

export async function graphs(look, list) {
  const { report, site } = look;
  const at = await tab(look);
  const { page } = at;
  const name = `${site.name} graph`;
  const hold = (ok, check, what) => report.hold(ok, name, check, what);
  const visit = async (query) => {
    at.where = `${name}, ${new URLSearchParams(query)}`;
    await page.goto(`${site.base}graph?${new URLSearchParams(query)}`);
  };
  const hints = (selector) => page.locator(`#drawing ${selector}`).evaluateAll((all) => all.map((e) => e.querySelector("title").textContent));
  const style = (selector, property) => page.evaluate(([s, p]) => { // undefined where there is none
    const e = document.querySelector(`#drawing ${s}`);
    return e ? getComputedStyle(e)[p] : undefined;
  }, [selector, property]);
  const keys = async () => new Set((await page.locator("#drawing .node:not(.more)").evaluateAll((all) => all.map((e) => e.getAttribute("href")))));

  await marks();
  await settled();
  await opens();
  await numbers();
  await at.close();

  // Every mark stands where the API says that there is what it marks.
  async function marks() {
    const { blockers } = await api(site.base, "blockers?limit=1");
    for (const { ref } of blockers) {
      await visit({ item: ref, depth: 1 });
      const root = page.locator("#drawing .node.root.focus");
      hold(await root.count() === 1 && (await root.locator(".mk").allTextContents()).join() === "root", "root blockers", `${ref} is not marked`);
      hold(parseFloat(await style(".node.root rect", "strokeWidth")) > 2, "root blockers", `${ref} has no thick frame`);
    }
    for (const { members } of (await api(site.base, "cycles?limit=1")).cycles) {
      await visit({ item: members[0], depth: Math.min(members.length, 10) });
      const told = await hints(".node.incycle");
      hold(members.every((ref) => told.some((hint) => hint.startsWith(`${ref}: `))), "cycles", `of ${members} only ${told.map((hint) => hint.slice(0, 30))} are marked`);
      hold((await page.locator("#drawing .node.incycle .mk").allTextContents()).every((mark) => mark === "⟳"), "cycles", "a member lacks its sign");
      hold(members.length < 2 || (await page.locator("#drawing .edge.cycle").count()) >= members.length, "cycles", "its arrows are not marked");
      hold(members.length < 2 || (await style(".edge.cycle path", "strokeDasharray")) !== "none", "cycles", "its arrows are not dashed");
    }
    for (const { blocker, blocked } of (await api(site.base, "conflicts?kind=due_date&limit=1")).conflicts) {
      await visit({ item: blocked, depth: 1 });
      const told = await hints(".edge.conflict path");
      hold(told.some((hint) => hint.startsWith(`${blocked} waits on ${blocker}`) && hint.includes("conflict: ")), "conflicts", `${blocked} on ${blocker} is not marked`);
      hold((await page.locator("#drawing .edge.conflict text").allTextContents()).every((mark) => mark === "!"), "conflicts", "a mark is not !");
    }
  }

  // What holds nothing up any more shows only on request, and dimmed.
  async function settled() {
    for (const state of ["satisfied", "moot", "abandoned"]) {
      for (const { blocked } of (await api(site.base, `dependencies?kind=blocks&state=${state}&limit=1`)).dependencies) {
        await visit({ item: blocked, depth: 1 });
        hold(!(await page.locator(`#drawing .edge.${state}`).count()), "settled", `${state}: shows without being asked for`);
        await Promise.all([page.waitForURL(/settled=true/), page.getByRole("link", { name: "show settled dependencies" }).click()]);
        hold(await page.locator(`#drawing .edge.${state}`).count() > 0, "settled", `${state}: does not show of ${blocked}`);
        hold(Number(await style(`.edge.${state} path`, "opacity")) < 1, "settled", `${state}: is not dimmed`);
        await Promise.all([page.waitForURL(/settled=false/), page.getByRole("link", { name: "hide settled dependencies" }).click()]);
        hold(!(await page.locator(`#drawing .edge.${state}`).count()), "settled", `${state}: does not go`);
      }
    }
  }

  // "and 12 more" leads to where those twelve are.
  async function opens() {
    const { blocked } = await api(site.base, "blocked?limit=1000");
    const { blockers } = await api(site.base, "blockers?limit=50");
    for (const ref of [...blockers, ...blocked].map((row) => row.ref)) {
      await visit({ item: ref, depth: 1 });
      const more = page.locator("#drawing .node.more[href^='graph?']").first();
      if (!(await more.count())) continue;
      const said = Number((await more.locator("text").textContent()).match(/and ([\d,]+) more/)[1].replaceAll(",", ""));
      const before = await keys();
      const to = await more.getAttribute("href");
      await Promise.all([page.waitForURL((u) => u.href.endsWith(to)), more.click()]);
      at.where = `${name}, opened from ${ref}`;
      const fresh = [...await keys()].filter((key) => !before.has(key)).length;
      const left = (await page.locator("#drawing .node.focus").count()) === 1;
      hold(left && fresh >= said, "opens", `from ${ref}: ${said} more, ${fresh} of them show`);
      return;
    }
    hold(site.name === "archive", "opens", "nothing is left out anywhere"); // its chains are short
  }

  // The numbers of arrows between teams cover neither each other nor a node, as drawn.
  async function numbers() {
    await visit({});
    if (!(await page.locator("#drawing").count())) return;
    const covered = await page.evaluate(() => {
      const boxes = [...document.querySelectorAll("#drawing .edge text, #drawing .node rect")].map((e) => [e, e.getBoundingClientRect()]);
      const found = [];
      boxes.forEach(([e, a], i) => {
        for (const [f, b] of boxes.slice(0, i)) {
          if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1) found.push(`${e.textContent || "a node"} and ${f.textContent || "a node"}`);
        }
      });
      return found;
    });
    hold(!covered.length, "numbers", covered.join("; "));
    const arrows = await page.locator("#drawing .edge path").count(), told = await page.locator("#drawing .edge a").count();
    const missing = Number((await page.locator("p.sum").textContent()).match(/([\d,]+) arrows? without room/)?.[1] ?? 0);
    hold(told > 0 && told + missing === arrows, "numbers", `${arrows} arrows, ${told} numbers, ${missing} said to be missing`);
    const link = page.locator("#drawing .edge a").first();
    const count = (await link.locator("text").textContent()).split(" ")[0];
    const list = await (await fetch(site.base + await link.getAttribute("href"))).text();
    hold(list.includes(`id="total">${count}<`), "numbers", `an arrow says ${count}, its list another number`);
  }
}
