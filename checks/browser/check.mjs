// node check.mjs --waitgraph=BINARY [--trackersim=FOLDER [--sample=PATTERN]] | --base=URL [--pages=PATTERN]:
// every page in a real browser, held to what all pages promise; of simulated trackers only those of the
// sample. Prints how often each page was held to what, and fails on any complaint.
import { flags, launch, pages, sites } from "./browser.mjs";
import { everyPage } from "./look.mjs";
import { graphs } from "./graph.mjs";
import { keyboard, stillness, whatIf } from "./keys.mjs";
import { everyFilter } from "./lists.mjs";
import { interactions, wrongAddresses } from "./use.mjs";
import { Report } from "./report.mjs";
import { trouble } from "./trouble.mjs";

const options = flags(process.argv.slice(2));
const begun = Date.now();
const all = await sites(options);
const browser = await launch();
const report = new Report();
try {
  const runs = [];
  for (const site of all) {
    const whole = await pages(site.base);
    const chosen = options.pages ?? (site.trackers ? options.sample : undefined);
    const list = whole.filter((p) => new RegExp(chosen ?? "").test(p.name));
    const look = { browser, report, site };
    // A hostile organisation is about what its texts may do; its lists filter like all.
    const tables = site.name === "hostile" ? [] : list.filter((p) => !p.path.includes("?") && !["", "graph", "status", "api", "brief"].includes(p.path));
    const half = Math.ceil(list.length / 2);
    runs.push(() => everyPage(look, list.slice(0, half)), () => everyPage(look, list.slice(half)));
    if (tables.length) runs.push(() => everyFilter(look, tables, true), () => everyFilter(look, tables, false));
    for (const run of [interactions, graphs, keyboard, whatIf, stillness]) runs.push(() => run(look, whole));
    if (!chosen) runs.push(() => wrongAddresses(look));
  }
  if (options.trackersim) runs.unshift(() => trouble({ browser, report, options }));
  const lane = async () => {
    for (let run; (run = runs.shift()); ) {
      const started = Date.now();
      await run().catch((e) => report.complain(`a run ended early: ${String(e.stack).split("\n").filter((l) => !l.startsWith("[pid")).slice(0, 6).join(" ")}`));
      if (options.verbose) console.log(`${Math.round((Date.now() - started) / 1000)} s of ${Math.round((Date.now() - begun) / 1000)} for ${run}, ${runs.length} to go`);
    }
  };
  await Promise.all([lane(), lane()]);
} finally {
  await browser.close();
  await Promise.all(all.map((site) => site.stop()));
}
report.print();
console.log(`${Math.round((Date.now() - begun) / 1000)} s`);
process.exitCode = report.complaints.size ? 1 : 0;
