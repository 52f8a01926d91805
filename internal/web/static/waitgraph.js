// What pages do better with a script; all of them work without.
"use strict";

// A chosen filter applies at once.
for (const form of document.querySelectorAll("form.filters")) {
  for (const select of form.querySelectorAll("select")) {
    select.addEventListener("change", () => form.requestSubmit());
  }
  // An empty filter is none: it stays out of the address.
  form.addEventListener("formdata", (event) => {
    for (const [name, value] of [...event.formData]) {
      if (value === "") event.formData.delete(name);
    }
  });
}

// A first sync goes on: what tells of it is brought up to date every five seconds, and
// the page is loaded anew when it has become another, unless somebody is at work in it.
async function follow() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  const now = answer && new DOMParser().parseFromString(await answer.text(), "text/html");
  if (now) {
    const [old, fresh] = [document, now].map((d) => [...d.querySelectorAll("[data-live]")]);
    const names = (all) => all.map((element) => element.dataset.live).join("\n");
    if (now.body.hasAttribute("data-syncing") && names(old) === names(fresh)) {
      old.forEach((element, i) => { if (!element.contains(document.activeElement)) element.replaceWith(fresh[i]); });
    } else if (document.activeElement === document.body) {
      location.reload();
      return;
    }
  }
  setTimeout(follow, 5000);
}
if (document.body.hasAttribute("data-syncing")) setTimeout(follow, 5000);

// Copy a text, such as a brief as Markdown.
for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.copy);
    let done = true;
    try {
      await navigator.clipboard.writeText(source.textContent);
    } catch {
      const range = document.createRange();
      source.closest("details").open = true;
      range.selectNodeContents(source);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      done = document.execCommand("copy");
    }
    document.getElementById(button.dataset.says).textContent = done ? "Copied." : "Selected: copy it with the keyboard.";
  });
}
for (const button of document.querySelectorAll("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

// The drawing: pan, zoom, keyboard, tooltips.
const svg = document.getElementById("drawing");
if (svg) {
  const canvas = document.getElementById("canvas");
  const width = svg.viewBox.baseVal.width, height = svg.viewBox.baseVal.height;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  canvas.classList.add("live");
  // What is smaller is not legible, on a phone the sooner: then only a part shows.
  const smallest = canvas.clientWidth < 700 ? 0.75 : 0.45;
  const room = height * Math.max(smallest, Math.min(1, canvas.clientWidth / width));
  canvas.style.height = `min(72vh, ${Math.max(260, room + 60)}px)`;
  let scale = 1, x = 0, y = 0; // of the upper left corner, in the drawing's units
  const view = () => canvas.getBoundingClientRect();
  const show = () => {
    const v = view();
    svg.setAttribute("viewBox", [x, y, v.width / scale, v.height / scale].join(" "));
  };
  const fit = () => {
    const v = view();
    scale = Math.min(1, v.width / width, v.height / height);
    scale = Math.max(scale, smallest);
    x = Math.min(0, (width - v.width / scale) / 2);
    y = Math.min(0, (height - v.height / scale) / 2);
    show();
  };
  const zoom = (factor, atX = 0.5, atY = 0.5) => {
    const v = view(), next = Math.min(3, Math.max(0.1, scale * factor));
    x += v.width * atX * (1 / scale - 1 / next);
    y += v.height * atY * (1 / scale - 1 / next);
    scale = next;
    show();
  };
  addEventListener("beforeprint", () => svg.setAttribute("viewBox", [0, 0, width, height].join(" ")));
  addEventListener("afterprint", show);
  const pan = (dx, dy) => { x += dx / scale; y += dy / scale; show(); };
  svg.removeAttribute("width");
  svg.removeAttribute("height");

  const tools = document.createElement("div");
  tools.className = "tools";
  for (const [text, name, act] of [["+", "Zoom in", () => zoom(1.25)], ["−", "Zoom out", () => zoom(0.8)], ["⤢", "Fit", fit]]) {
    const b = document.createElement("button");
    b.type = "button";
    b.textContent = text;
    b.title = name;
    b.setAttribute("aria-label", name);
    b.addEventListener("click", act);
    tools.append(b);
  }
  canvas.before(tools);

  canvas.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return; // the page scrolls
    event.preventDefault();
    const v = view();
    zoom(event.deltaY < 0 ? 1.15 : 1 / 1.15, (event.clientX - v.left) / v.width, (event.clientY - v.top) / v.height);
  }, { passive: false });

  const held = new Map();
  let moved = false;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    held.set(event.pointerId, event);
    moved = false;
  });
  canvas.addEventListener("pointermove", (event) => {
    const before = held.get(event.pointerId);
    if (!before) return;
    const dx = event.clientX - before.clientX, dy = event.clientY - before.clientY;
    if (!moved && Math.hypot(dx, dy) < 5) return;
    if (!moved) canvas.setPointerCapture(event.pointerId);
    moved = true;
    if (held.size === 2) {
      const other = [...held].find(([id]) => id !== event.pointerId)[1];
      const was = Math.hypot(before.clientX - other.clientX, before.clientY - other.clientY);
      const is = Math.hypot(event.clientX - other.clientX, event.clientY - other.clientY);
      const v = view();
      if (was > 0) zoom(is / was, ((event.clientX + other.clientX) / 2 - v.left) / v.width, ((event.clientY + other.clientY) / 2 - v.top) / v.height);
    } else {
      pan(-dx, -dy);
    }
    held.set(event.pointerId, event);
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, (event) => held.delete(event.pointerId));
  canvas.addEventListener("click", (event) => { if (moved) event.preventDefault(); moved = false; }, true);
  canvas.addEventListener("dragstart", (event) => event.preventDefault());

  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = 60;
    const act = {
      ArrowLeft: () => pan(-step, 0), ArrowRight: () => pan(step, 0), ArrowUp: () => pan(0, -step), ArrowDown: () => pan(0, step),
      "+": () => zoom(1.25), "=": () => zoom(1.25), "-": () => zoom(0.8), 0: fit,
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  // A node or number that gets the focus comes into sight, and says all about itself.
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  canvas.after(tip);
  const tell = (node) => {
    const title = node.querySelector("title") || node.dataset;
    const words = node.tipText || title.textContent;
    if (!words) return;
    node.tipText = words;
    title.textContent = ""; // else the browser shows its own too
    node.setAttribute("aria-label", words);
    tip.textContent = words;
    tip.hidden = false;
    const at = node.getBoundingClientRect(), v = view();
    const parent = tip.offsetParent.getBoundingClientRect();
    tip.style.left = Math.max(v.left - parent.left, Math.min(at.left - parent.left, v.right - parent.left - tip.offsetWidth)) + "px";
    tip.style.top = at.bottom - parent.top + 6 + "px";
  };
  const hush = () => { tip.hidden = true; };
  for (const node of svg.querySelectorAll(".node, .edge a")) {
    node.addEventListener("pointerenter", () => tell(node));
    node.addEventListener("pointerleave", hush);
    node.addEventListener("blur", hush);
    node.addEventListener("focus", () => {
      const at = node.getBoundingClientRect(), v = view();
      if (at.left < v.left || at.right > v.right || at.top < v.top || at.bottom > v.bottom) {
        pan((at.left + at.right) / 2 - (v.left + v.right) / 2, (at.top + at.bottom) / 2 - (v.top + v.bottom) / 2);
      }
      tell(node);
    });
  }
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hush(); });
  if (!calm) svg.classList.add("lively");
  addEventListener("resize", show);
  fit();
}
