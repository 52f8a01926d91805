// Every page as it stands: what it weighs, whether it fits, reads and stays harmless.
import axe from "axe-core";

export const desk = { width: 1440, height: 900 }, phone = { width: 360, height: 740 };

// tab is a tab of a browser of its own, whose every misdeed is a complaint about the page in sight.
export async function tab({ browser, report, site }, how = {}) {
  const context = await browser.newContext({ viewport: desk, ...how });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  const at = { page, context, where: "", bytes: 0, close: () => context.close() };
  page.on("console", (m) => { if (["error", "warning"].includes(m.type()) && !at.wrong) report.complain(`${at.where}: console: ${m.text()}`); });
  page.on("pageerror", (e) => report.complain(`${at.where}: ${e}`));
  page.on("dialog", (d) => { report.complain(`${at.where}: a dialog opens: ${d.message()}`); d.dismiss(); });
  page.on("request", (r) => { if (!r.url().startsWith(site.base)) report.complain(`${at.where}: asks ${r.url()}`); });
  page.on("response", (r) => {
    if (r.status() >= 400 && !at.wrong) report.complain(`${at.where}: ${r.status()} of ${r.url()}`);
    at.bytes += Number(r.headers()["content-length"] ?? 0);
  });
  return at;
}

export async function accessible(at, report, name, rules) {
  if (!(await at.page.evaluate("window.axe"))) await at.page.evaluate(axe.source);
  const { violations, passes } = await at.page.evaluate((only) => {
    // The rows of a table are alike: the first twenty stand for all.
    for (const row of document.querySelectorAll("tbody tr:nth-child(n+21)")) row.remove();
    const runOnly = only ?? ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    return axe.run(document, { runOnly, resultTypes: ["violations"] });
  }, rules);
  const told = violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => `${n.target.join(" ")} ${n.html.slice(0, 120)}`).join(" | ")}`);
  report.hold(!told.length, name, "axe", told.join("; "), passes.length + violations.length);
}

async function fits({ page }, report, name, how) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  report.hold(wide <= 0, name, "fits", `${wide} px wider than the window, ${how}`);
  const cut = await page.evaluate((desk) => (innerWidth < desk ? [] : [...document.querySelectorAll(".scroll")].filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.textContent.trim().slice(0, 40))), desk.width);
  report.hold(!cut.length, name, "fits", `a table is wider than its place, ${how}: ${cut.join("; ")}`);
}

// apart: no text lies on another.
async function apart({ page }, report, name, how) {
  const found = await page.evaluate(() => {
    const seen = [], bad = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let t; (t = texts.nextNode()) && seen.length < 3000; ) {
      if (!t.data.trim() || t.parentElement.closest("option, .away, .skip, .scroll, nav, pre, textarea, svg, details:not([open])")) continue;
      const range = document.createRange();
      range.selectNodeContents(t);
      for (const box of range.getClientRects()) if (box.width > 1 && box.height > 1) seen.push([t, box]);
    }
    seen.sort(([, a], [, b]) => a.top - b.top);
    seen.forEach(([t, a], i) => {
      for (let j = i + 1; j < seen.length && seen[j][1].top < a.bottom - 5; j++) {
        const [u, b] = seen[j];
        if (u !== t && a.left < b.right - 2 && b.left < a.right - 2) bad.push(`${t.data.trim().slice(0, 40)} and ${u.data.trim().slice(0, 40)}`);
      }
    });
    return bad;
  });
  report.hold(!found.length, name, "apart", `${how}: ${[...new Set(found)].slice(0, 4).join("; ")}`);
}

// harmless: nothing of a tracker's text has become more than text.
async function harmless({ page }, report, name, site) {
  const found = await page.evaluate((allowed) => {
    const bad = [];
    if (window.pwned) bad.push("a text was executed");
    for (const e of document.querySelectorAll("*")) {
      for (const a of e.attributes) if (/^on/i.test(a.name)) bad.push(`an attribute ${a.name}`);
    }
    for (const a of document.querySelectorAll("[href], [src], [action]")) {
      const to = a.href?.baseVal ?? a.href ?? a.src ?? a.action;
      const url = new URL(typeof to === "string" ? to : a.getAttribute("action"), document.baseURI);
      if (!allowed.includes(url.origin) && allowed.length) bad.push(`a link to ${url.href.slice(0, 100)}`);
      if (!/^https?:$/.test(url.protocol)) bad.push(`a link of ${url.protocol}`);
    }
    if (document.scripts.length !== 1) bad.push(`${document.scripts.length} scripts`);
    if (document.querySelectorAll("h1").length !== 1) bad.push("more headings than one");
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let t; (t = texts.nextNode()); ) {
      if (t.parentElement.closest("pre")) continue;
      if (/[\u202a-\u202e\u2066-\u2069\u0000-\u0008\u000e-\u001f]/.test(t.data)) bad.push(`a text that turns or controls: ${t.data.slice(0, 60)}`);
      if (t.data.length > 700) bad.push(`a text of ${t.data.length} characters`);
    }
    return bad;
  }, site.trackers ? [new URL(site.base).origin, ...site.trackers, "https://github.com"] : []);
  report.hold(!found.length, name, "harmless", [...new Set(found)].slice(0, 4).join("; "));
}

// How far axe looks at a page: fully where the texts are ours, elsewhere at what texts can spoil.
const full = undefined, colours = ["color-contrast"], none = [];
const depth = {
  archive: { "1440 light": full, "1440 dark": none, "360 light": none, "360 dark": full },
  hostile: { "1440 light": none, "1440 dark": none, "360 light": none, "360 dark": full },
};
// The colours of a light phone are those of the light desk, its targets those of the dark phone.
const everything = { "1440 light": full, "1440 dark": colours, "360 light": none, "360 dark": full };

// everyPage looks at each page light and dark, on a desk and on a phone, with the script and without.
export async function everyPage(look, list) {
  const { report, site } = look;
  const live = await tab(look), plain = await tab(look, { javaScriptEnabled: false, reducedMotion: "reduce" });
  for (const { name: page, path } of list) {
    const name = `${site.name} ${page}`;
    for (const at of [live, plain]) {
      Object.assign(at, { where: name + (at === plain ? " without script" : ""), bytes: 0 });
      await at.page.emulateMedia({ colorScheme: "light" });
      await at.page.setViewportSize(desk);
      const response = await at.page.goto(site.base + path, { waitUntil: "load" });
      report.hold(response.status() === 200, name, "answers", `status ${response.status()}`);
      report.hold(at.bytes > 0 && at.bytes < 100_000, name, "weight", `${at.bytes} bytes until it shows`);
    }
    for (const [viewport, colorScheme] of [[desk, "light"], [desk, "dark"], [phone, "light"], [phone, "dark"]]) {
      const how = `${viewport.width} ${colorScheme}`;
      for (const at of [live, plain]) {
        await at.page.emulateMedia({ colorScheme });
        await at.page.setViewportSize(viewport);
        await fits(at, report, name, at === plain ? `${how} without script` : how);
      }
      const rules = (depth[site.name] ?? everything)[how];
      if (colorScheme === "light") await apart(live, report, name, how);
      if (rules !== none) await accessible(live, report, name, rules);
    }
    await harmless(live, report, name, site);
    report.hold(await plain.page.locator("main h1").count() === 1, name, "no script", "no heading");
    report.hold(!(await plain.page.locator("button[data-copy]:visible, button[data-print]:visible").count()), name, "no script", "a button that needs a script shows");
  }
  await live.close();
  await plain.close();
}
