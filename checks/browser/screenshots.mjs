// node screenshots.mjs --waitgraph=BINARY|--base=URL --to=FOLDER: a picture of every page,
// light and dark, as wide as a desk and as a phone.
import { mkdir } from "node:fs/promises";
import { flags, launch, pages, site } from "./browser.mjs";

const options = flags(process.argv.slice(2));
const { base, stop } = await site(options);
const browser = await launch();
try {
  await mkdir(options.to, { recursive: true });
  let count = 0;
  for (const [size, viewport] of [["desk", { width: 1440, height: 900 }], ["phone", { width: 360, height: 740 }]]) {
    for (const colorScheme of ["light", "dark"]) {
      const context = await browser.newContext({ viewport, colorScheme, deviceScaleFactor: 1 });
      const page = await context.newPage();
      for (const { name, path } of await pages(base)) {
        await page.goto(base + path);
        const height = await page.evaluate(() => document.documentElement.scrollHeight);
        await page.screenshot({ path: `${options.to}/${name}-${size}-${colorScheme}.png`, clip: { x: 0, y: 0, width: viewport.width, height: Math.min(height, 3000) }, fullPage: true });
        count++;
      }
      await context.close();
    }
  }
  console.log(`${count} pictures in ${options.to}`);
} finally {
  await browser.close();
  await stop();
}
