// node screenshots.mjs --waitgraph=BINARY|--base=URL --to=FOLDER: a picture of every page,
// light and dark, as wide as a desk and as a phone.
import { mkdir } from "node:fs/promises";
import { flags, launch, pages, sites } from "./browser.mjs";

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
        for (const colorScheme of ["light", "dark"]) {
          await page.emulateMedia({ colorScheme });
          const height = await page.evaluate(() => document.documentElement.scrollHeight);
          await page.screenshot({ path: `${to}/${name}-${size}-${colorScheme}.png`, clip: { x: 0, y: 0, width: viewport.width, height: Math.min(height, 3000) }, fullPage: true });
          count++;
        }
      }
    }
  }
  console.log(`${count} pictures in ${options.to}`);
} finally {
  await browser.close();
  await Promise.all(all.map((site) => site.stop()));
}
