// What was checked how often, by page and kind of check, and what was wrong.
export class Report {
  counts = new Map(); // page -> check -> times
  complaints = new Set();

  // hold counts one check of a page and notes what is wrong unless it holds.
  hold(ok, page, check, what, times = 1) {
    if (!this.counts.has(page)) this.counts.set(page, new Map());
    const row = this.counts.get(page);
    row.set(check, (row.get(check) ?? 0) + times);
    if (!ok) this.complain(`${page}: ${check}: ${what}`);
  }

  complain(what) { this.complaints.add(what); }

  print() {
    const checks = [...new Set([...this.counts.values()].flatMap((row) => [...row.keys()]))];
    const line = (cells) => console.log(cells.map((c, i) => (i ? String(c).padStart(Math.max(5, checks[i - 1].length)) : String(c).padEnd(26))).join(" ").trimEnd());
    line(["", ...checks]);
    const sum = new Map();
    for (const [page, row] of this.counts) {
      line([page, ...checks.map((c) => row.get(c) ?? "")]);
      for (const [c, n] of row) sum.set(c, (sum.get(c) ?? 0) + n);
    }
    line(["all", ...checks.map((c) => sum.get(c))]);
    for (const c of this.complaints) console.log(`! ${c}`);
    console.log(`${this.counts.size} pages, ${[...sum.values()].reduce((a, b) => a + b, 0)} checks, ${this.complaints.size} complaints`);
  }
}
