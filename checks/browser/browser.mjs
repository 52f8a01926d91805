// What the checks and the screenshots share: a waitgraph to look at, a real
// Chromium to look with, and the list of its pages.
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { chromium } from "playwright-core";

export const chromiumFlags = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args: chromiumFlags });
}

export async function freePort() {
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

// site gives the address of a waitgraph: the one asked for, or a demo of its own.
export async function site(options) {
  if (options.base) return { base: options.base.replace(/\/?$/, "/"), stop: async () => {} };
  const port = await freePort();
  // The child ends with this process, however that ends.
  const child = spawn(options.waitgraph, ["demo", `--web.listen-address=127.0.0.1:${port}`, "--pace=1h", "--log.level=error"], { stdio: ["ignore", "ignore", "inherit"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  process.once("exit", () => child.kill("SIGKILL"));
  const base = `http://127.0.0.1:${port}/`;
  await until("the demo is ready", 60, async () => (await api(base, "status")).trackers.every((t) => t.fresh));
  return { base, stop: async () => { child.kill("SIGTERM"); await ended; } };
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
  if (cycles.length) add("graph-cycle", "graph", { item: cycles[0].members[0], depth: 2 });
  if (busiest) {
    add("team", "team", { name: busiest.team });
    add("graph-team", "graph", { team: busiest.team });
    if (paths.includes("brief")) add("brief-two", "brief", { team: busiest.team, with: busiest.on_team });
  }
  if (paths.includes("programs")) {
    const { programs } = await api(base, "programs");
    if (programs.length) {
      add("program", "program", { name: programs[0].name });
      add("graph-program", "graph", { program: programs[0].name });
    }
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
