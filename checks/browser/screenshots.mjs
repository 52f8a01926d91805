// node screenshots.mjs --waitgraph=BINARY|--base=URL --to=FOLDER: a picture of every page,
// light and dark, as wide as a desk and as a phone; with --trackersim=FOLDER of archived
// trackers too, and of a first sync and an outage.
import { mkdir } from "node:fs/promises";
import { flags, launch, pages, sites } from "./browser.mjs";
import { Report } from "./report.mjs";
import { trouble } from "./trouble.mjs";

const options = flags(process.argv.slice(2));
const all = await sites(options);
const browser = await launch();
let count = 0;
try {
  for (const site of all.filter((s) => s.name !== "hostile")) {
    const to = all.length > 1 ? `${options.to}/${site.name}` : options.to;
    await mkdir(to, { recursive: true });
    const page = await browser.newPage();
    for (const { name, path } of await pages(site.base)) {
      for (const [size, viewport] of [["desk", { width: 1440, height: 900 }], ["phone", { width: 360, height: 740 }]]) {
        await page.setViewportSize(viewport);
        await page.goto(site.base + path);
        const height = await page.evaluate(() => document.documentElement.scrollHeight);
        await page.setViewportSize({ width: viewport.width, height: Math.max(viewport.height, Math.min(height, 3000)) });
        for (const colorScheme of ["light", "dark"]) {
          await page.emulateMedia({ colorScheme, reducedMotion: "reduce" }); // nothing between two colours
          // Now and then Chromium draws no frame for one; the next it does.
          const take = () => page.screenshot({ path: `${to}/${name}-${size}-${colorScheme}.png`, timeout: 10_000 });
          await take().catch(take);
          count++;
        }
      }
    }
  }
  if (options.trackersim) {
    const report = new Report();
    const shoot = async (page, name) => { await page.screenshot({ path: `${options.to}/${name}.png` }); count++; };
    await trouble({ browser, report, options, shoot });
  }
  console.log(`${count} pictures in ${options.to}`);
} finally {
  await browser.close();
  await Promise.all(all.map((site) => site.stop()));
}
