// What the checks and the screenshots share: a waitgraph to look at, a real
// Chromium to look with, and the list of its pages.
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const chromiumFlags = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args: chromiumFlags });
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

// until waits for what a function gives, asked again and again.
export async function until(what, seconds, ask) {
  for (const end = Date.now() + seconds * 1000; ; ) {
    const got = await ask().catch(() => undefined);
    if (got) return got;
    if (Date.now() > end) throw new Error(`${what}: not after ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

// sites are the waitgraphs asked for: one that runs, or a demo and, with a
// simulator's folder, the archived issues and a hostile organisation too.
export async function sites(options) {
  if (options.base) return [{ name: "given", base: options.base.replace(/\/?$/, "/"), stop: async () => {} }];
  const starting = [demo(options)];
  if (options.trackersim) starting.push(simulated(options, "archive"), simulated(options, "hostile"));
  return Promise.all(starting);
}

async function demo(options) {
  const port = await freePort();
  const stop = child(options.waitgraph, ["demo", `--web.listen-address=127.0.0.1:${port}`, "--pace=1h", "--log.level=error"], "ignore").stop;
  const base = `http://127.0.0.1:${port}/`;
  await until("the demo is ready", 60, async () => (await api(base, "status")).trackers.every((t) => t.fresh));
  return { name: "demo", base, stop };
}

// simulated is a waitgraph over simulated trackers; fault says what becomes of Jira's answers.
export async function simulated(options, kind) {
  const script = fileURLToPath(new URL("../site.py", import.meta.url));
  const { process: site, stop } = child("python3", ["-B", script, `--waitgraph=${options.waitgraph}`, `--trackersim=${options.trackersim}`, `--kind=${kind}`], "pipe");
  const line = await new Promise((resolve, reject) => {
    site.stdout.once("data", resolve);
    site.once("exit", (code) => reject(new Error(`the ${kind} site ended with ${code}`)));
  });
  return { name: kind, ...JSON.parse(line), stop, fault: (how) => site.stdin.write(how ? `${JSON.stringify(how)}\n` : "\n") };
}

// child runs a program that ends with this one, however that ends.
function child(program, args, stdout) {
  const process_ = spawn(program, args, { stdio: ["pipe", stdout, "inherit"] });
  const ended = new Promise((resolve) => process_.once("exit", resolve));
  process.once("exit", () => process_.kill("SIGTERM"));
  return { process: process_, stop: async () => { process_.stdin.end(); process_.kill("SIGTERM"); await ended; } };
}

export async function api(base, path) {
  const response = await fetch(`${base}api/v1/${path}`);
  if (!response.ok) throw new Error(`${path}: status ${response.status}`);
  return response.json();
}

// pages are all pages of a site, those about one thing by an example that shows much.
export async function pages(base) {
  const html = await (await fetch(base)).text();
  const nav = html.slice(html.indexOf('<nav aria-label="Pages"'), html.indexOf("</nav>"));
  const paths = [...nav.matchAll(/href="([^"]*)"/g)].map((m) => (m[1] === "." ? "" : m[1]));
  const { blockers } = await api(base, "blockers?limit=1");
  const { blocked } = await api(base, "blocked?limit=1000");
  const { rows } = await api(base, "matrix?limit=1000");
  const { cycles } = await api(base, "cycles?limit=1");
  const { gaps } = await api(base, "gaps?limit=1");
  const deepest = blocked.reduce((a, b) => (b.depth > (a?.depth ?? -1) ? b : a), undefined);
  const busiest = rows.reduce((a, b) => (b.items > (a?.items ?? -1) ? b : a), undefined);
  const list = paths.map((path) => ({ name: path || "overview", path }));
  const add = (name, path, query) => list.push({ name, path: `${path}?${new URLSearchParams(query)}` });
  for (const path of ["matrix", "cycles", "dangling", "api"]) list.push({ name: path, path });
  if (blockers.length) add("item-root", "item", { ref: blockers[0].ref });
  if (deepest) {
    add("item-blocked", "item", { ref: deepest.ref });
    add("graph-item", "graph", { item: deepest.ref, depth: 4 });
  }
  if (cycles.length) add("graph-cycle", "graph", { item: cycles[0].members[0], depth: 2, settled: true });
  if (busiest) {
    add("team", "team", { name: busiest.team });
    add("graph-team", "graph", { team: busiest.team });
    if (paths.includes("brief")) add("brief-two", "brief", { team: busiest.team, with: busiest.on_team });
  }
  if (gaps.length) add("gaps-team", "gaps", { team: busiest?.on_team ?? gaps[0].team });
  const { programs } = await api(base, "programs");
  if (programs.length) {
    add("program", "program", { name: programs[0].name });
    add("graph-program", "graph", { program: programs[0].name });
  }
  return list;
}

export function flags(argv) {
  const options = {};
  for (const arg of argv) {
    const [, name, value] = arg.match(/^--([a-z-]+)=(.*)$/) ?? [];
    if (!name) throw new Error(`cannot read ${arg}: options are --name=value`);
    options[name] = value;
  }
  if (!options.base && !options.waitgraph) throw new Error("give --waitgraph=BINARY for its demo, or --base=URL of one that runs");
  return options;
}
