"use strict";
// The page of one profile. Everything is drawn from the JSON in the page, as elements with text; no network, no library.
(function () {
  const byId = (id) => document.getElementById(id);
  const profile = JSON.parse(byId("profile").textContent);
  const TONES = ["#f6a56b", "#f3b562", "#f19a7c", "#f7c07a", "#eda06a", "#f5ad85", "#e8b36a", "#f2a08c", "#fac98d", "#efa95c", "#f4b798", "#e9a87c"];
  const ROW = 36, MOST_DRAWN = 4000;

  const mebibytes = (bytes) => (bytes / 1048576).toLocaleString("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 }) + " MiB";
  const percent = (bytes) => (peak ? (100 * bytes) / peak : 0).toFixed(1) + " %";
  const short = (file) => file.split("/").slice(-2).join("/");
  const element = (tag, text, className) => Object.assign(document.createElement(tag), { textContent: text || "", className: className || "" });

  // What the JSON's nodes say, parents first. Their totals count what was too small to be in the page.
  const key = (node) => node.file + "\n" + node.line + "\n" + node.name;
  const described = profile.nodes.map(([parent, f, line, own, , total]) => {
    const { name, file, first_line } = profile.functions[f];
    const at = line || first_line, source = (profile.sources[file] || {})[at] || "";
    return { name, file, line: at, source, own, total, above: parent, untouched: 0, kinds: {}, threads: {} };
  });
  const kinds = profile.kinds || [], threads = profile.threads || [];
  for (const [node, thread, kind, bytes, untouched] of profile.parts || []) {
    for (let at = node; ; at = described[at].above) { // what a frame holds, its callers hold too
      const frame = described[at];
      frame.untouched += untouched;
      if (kind) frame.kinds[kinds[kind]] = (frame.kinds[kinds[kind]] || 0) + bytes;
      if (thread) frame.threads[threads[thread]] = (frame.threads[threads[thread]] || 0) + bytes;
      if (!at) break;
    }
  }
  const held = described.reduce((sum, node) => sum + node.own, 0), peak = Math.max(profile.peak_bytes, held);
  const isImport = (node) => node.file.startsWith("<frozen importlib");

  const merge = (into, from) => { for (const name in from) into[name] = (into[name] || 0) + from[name]; };
  const isUntouched = (node) => node.untouched * 10 > node.total;
  const untouchedText = (node) => `${mebibytes(node.untouched)} of it never touched`;

  // Tree of {name, file, line, source, own, total, children, parent} of the frames that `keep` lets through. A frame left out gives
  // its own bytes and its callees to its caller, where equal ones become one.
  function build(keep) {
    const top = { ...described[0], name: "all", file: "", total: peak, children: [], parent: null, index: new Map() };
    const place = [top];
    described.forEach((node, i) => {
      if (i === 0) return;
      const parent = place[node.above];
      if (!keep(node)) {
        place[i] = parent;
        parent.own += node.own;
        return;
      }
      let here = parent.index.get(key(node));
      if (!here) {
        here = { ...node, own: 0, total: 0, untouched: 0, kinds: {}, threads: {}, children: [], parent, index: new Map() };
        parent.index.set(key(node), here);
        parent.children.push(here);
      }
      here.own += node.own;
      here.total += node.total;
      here.untouched += node.untouched;
      merge(here.kinds, node.kinds);
      merge(here.threads, node.threads);
      place[i] = here;
    });
    return top;
  }
  const all = (top) => [top].concat(...top.children.map(all));
  function invert(tree) {
    const root = { ...tree, children: [], total: peak };
    const index = new Map();
    for (const node of all(tree)) {
      if (!node.own || node === tree) continue;
      let at = root, path = "";
      for (let up = node; up !== tree; up = up.parent) {
        path += key(up) + "\0";
        let child = index.get(path);
        if (!child) {
          child = { ...up, own: 0, total: 0, untouched: 0, kinds: {}, threads: {}, children: [], parent: at };
          index.set(path, child);
          at.children.push(child);
        }
        child.total += node.own;
        at = child;
      }
    }
    return root;
  }

  const graph = byId("graph"), search = byId("search");
  let root = null, focus = null, past = [], turned = false, imports = false;

  function tone(node) {
    let h = 2166136261;
    for (const c of node.file) h = Math.imul(h ^ c.codePointAt(0), 16777619);
    return TONES[((h ^ (h >>> 15)) >>> 0) % TONES.length];
  }

  const matches = (node) => {
    const wanted = search.value.trim().toLowerCase();
    return wanted !== "" && node !== root && (node.name + " " + node.file + ":" + node.line + " " + node.source).toLowerCase().includes(wanted);
  };

  function box(node, left, share, depth, width) {
    const frame = element("div", "", "frame" + (node === root ? " root" : "") + (matches(node) ? " found" : "") + (isUntouched(node) ? " untouched" : ""));
    frame.tabIndex = 0;
    frame.setAttribute("role", "button");
    const label = node === root ? "all" : `${node.name} ${node.file}:${node.line}`;
    frame.setAttribute("aria-label", `${label}, ${mebibytes(node.total)}, ${percent(node.total)}` + (isUntouched(node) ? `, ${untouchedText(node)}` : ""));
    Object.assign(frame.style, { left: left * 100 + "%", width: share * 100 + "%", top: depth * ROW + "px", background: node === root ? "" : tone(node) });
    if (share * width > 28) {
      frame.append(element("b", node.name));
      if (node !== root) frame.append(element("i", `  ${short(node.file)}:${node.line}`));
      frame.append(element("i", `  ${mebibytes(node.total)} · ${percent(node.total)}`), element("code", node.source));
    } else frame.classList.add("narrow");
    frame.addEventListener("click", () => { if (String(getSelection()) === "") zoom(node); });
    frame.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); zoom(node); } });
    frame.addEventListener("mouseenter", () => show(node));
    frame.addEventListener("focus", () => show(node));
    return frame;
  }

  function draw() {
    const width = graph.clientWidth || 800, fresh = document.createDocumentFragment();
    let depth = 0, drawn = 0;
    const above = [];
    for (let up = focus; up; up = up.parent) above.unshift(up);
    for (const node of above) fresh.append(box(node, 0, 1, depth++, width));
    let deepest = depth;
    const waiting = [[focus, 0, 1, depth]];
    while (waiting.length && drawn < MOST_DRAWN) {
      const [parent, start, share, level] = waiting.shift();
      let left = start;
      for (const child of [...parent.children].sort((a, b) => b.total - a.total)) {
        const part = parent.total ? (share * child.total) / parent.total : 0;
        if (part * width >= 1.5) {
          fresh.append(box(child, left, part, level, width));
          drawn++;
          deepest = Math.max(deepest, level + 1);
          waiting.push([child, left, part, level + 1]);
        }
        left += part;
      }
    }
    graph.replaceChildren(fresh);
    graph.style.height = deepest * ROW + "px";
    byId("back").disabled = past.length === 0;
    byId("reset").disabled = focus === root;
    sum();
  }

  function zoom(node, back) {
    if (node === focus) return;
    if (!back) past.push(focus);
    focus = node;
    draw();
  }

  function show(node) {
    const details = byId("details");
    details.replaceChildren(element("b", node === root ? "all" : `${node.name}  `), element("span", node === root ? "  " : `${node.file}:${node.line}  `),
      element("span", `${node.total.toLocaleString("en")} bytes, ${mebibytes(node.total)}, ${percent(node.total)}` + (node.own && node !== root ? `; itself ${mebibytes(node.own)}` : "")));
    const parts = Object.entries({ ...node.kinds, ...node.threads }).sort((a, b) => b[1] - a[1]).map(([name, bytes]) => `${name} ${mebibytes(bytes)}`);
    if (parts.length) details.append(element("span", `; of it ${parts.slice(0, 6).join(", ")}`));
    if (isUntouched(node)) details.append(element("b", `; ${untouchedText(node)}`, "mark"));
    if (node.source) details.append(element("br"), element("code", node.source));
  }

  // What the matches hold together: a match below another match counts once.
  function sum() {
    let bytes = 0, found = 0;
    const waiting = [root];
    while (waiting.length) {
      const node = waiting.pop();
      if (matches(node)) { bytes += node.total; found++; } else waiting.push(...node.children);
    }
    byId("matched").textContent = search.value.trim() === "" ? "" : `${found} match${found === 1 ? "" : "es"}: ${mebibytes(bytes)}, ${percent(bytes)}`;
  }

  function pressed(id, on) { byId(id).setAttribute("aria-pressed", String(on)); }

  function rebuild() {
    const tree = build((node) => imports || !isImport(node));
    root = focus = turned ? invert(tree) : tree;
    past = [];
    pressed("callers", !turned);
    pressed("inverted", turned);
    pressed("imports", imports);
    draw();
  }

  function order(wanted) {
    turned = wanted;
    rebuild();
  }

  function fillTable() {
    const lines = new Map();
    for (const node of all(build(() => true)).slice(1)) {
      const line = lines.get(key(node)) || { ...node, own: 0, through: 0, ownUntouched: 0 };
      line.own += node.own;
      line.ownUntouched += node.untouched - node.children.reduce((sum, child) => sum + child.untouched, 0);
      let outer = true;
      for (let up = node.parent; up && outer; up = up.parent) outer = key(up) !== key(node);
      if (outer) line.through += node.total;
      lines.set(key(node), line);
    }
    const top = [...lines.values()].filter((line) => line.own > 0).sort((a, b) => b.own - a.own).slice(0, 25);
    for (const line of top) {
      const row = element("tr"), where = element("td");
      const pick = element("button", line.name, "pick");
      pick.type = "button";
      pick.title = "Show it in the graph";
      where.append(pick, element("span", `  ${line.file}:${line.line}`));
      if (line.ownUntouched * 10 > line.own) where.append(element("span", `  ${mebibytes(line.ownUntouched)} never touched`, "mark"));
      where.append(element("br"), element("code", line.source));
      row.append(element("td", mebibytes(line.own)), element("td", percent(line.own)), element("td", mebibytes(line.through)), where);
      row.addEventListener("click", () => { search.value = `${line.file}:${line.line}`; order(false); graph.scrollIntoView({ block: "nearest" }); });
      byId("lines").tBodies[0].append(row);
    }
  }

  // The resident memory beside the tracked, as an account that adds up.
  function fillResident() {
    const r = profile.resident || {}, untouched = profile.untouched_bytes || 0;
    if (!r.at_peak_bytes) return;
    byId("resident-section").hidden = false;
    byId("resident-intro").textContent = `The profiler counts what the program asked for: ${mebibytes(profile.peak_bytes)} at the peak. The system counts what is in memory: ${mebibytes(r.at_peak_bytes)} around that peak, ${mebibytes(r.most_bytes)} at most.`;
    const rows = [[r.most_bytes, "Resident at most, of which:", "whole"], [profile.peak_bytes - untouched, untouched ? `tracked and touched (${mebibytes(untouched)} more was asked for and never touched)` : "tracked", ""],
      [r.start_bytes, "there before the recording: the interpreter and what it had loaded", ""], [r.files_bytes, "pages of files that came since: libraries, mapped files", ""],
      [r.allocator_overhead_bytes, "what allocators add to the sizes asked for (an estimate)", ""], [r.profiler_bytes, "the profiler's own", ""],
      [r.rest_bytes, r.rest_bytes < 0 ? "memory of before the recording, used again" : "not tracked: thread stacks, libraries' data, memory that allocators keep", ""],
      [r.most_bytes - r.at_peak_bytes, "more at another moment", ""]];
    const body = byId("resident").tBodies[0];
    for (const [bytes, text, kind] of rows) {
      if (Math.abs(bytes) < 52429) continue; // it would read 0.0
      const row = element("tr", "", kind), picture = element("td"), bar = element("span");
      bar.style.width = Math.max(0, Math.min(100, (100 * bytes) / r.most_bytes)) + "%";
      picture.append(bar);
      row.append(element("td", mebibytes(bytes)), picture, element("td", text));
      body.append(row);
    }
  }

  function stackOf(node) {
    const frames = [];
    for (let at = node; at; at = described[at].above) frames.unshift(`${described[at].name} ${short(described[at].file)}:${described[at].line}`);
    return frames.join(" > ") || "no Python stack";
  }

  function fillFiles() {
    const files = [...(profile.files || [])].sort((a, b) => b.mapped_bytes - a.mapped_bytes);
    byId("files-section").hidden = !files.length;
    for (const file of files.slice(0, 100)) {
      const node = described[file.node], row = element("tr"), where = element("td");
      where.append(element("b", file.path), element("br"), element("span", stackOf(file.node)), element("br"), element("code", node.source));
      row.append(element("td", mebibytes(file.mapped_bytes)), element("td", mebibytes(file.resident_bytes)), where);
      byId("files").tBodies[0].append(row);
    }
  }

  function fillText() {
    const moment = profile.kind === "peak" ? "the peak" : profile.requested_bytes ? "that time, with what was asked for last" : "that time";
    const resident = (profile.resident || {}).most_bytes, untouched = profile.untouched_bytes || 0;
    byId("summary").textContent = `${mebibytes(profile.peak_bytes)} ` + (untouched * 10 > peak ? `asked for at ${moment}, ${mebibytes(untouched)} of it never touched` : `held at ${moment}`) +
      (resident ? `; the process had ${mebibytes(resident)} resident at most` : "") + (profile.python ? ` · Python ${profile.python}` : "");
    byId("reason").textContent = profile.reason || "";
    byId("reason").hidden = !profile.reason;
    byId("command").textContent = profile.command.join(" ");
    const rest = peak - held;
    byId("omitted").textContent = rest * 200 > peak ? `${mebibytes(rest)} (${percent(rest)}) lies in stacks too small to draw; it counts in the frames above them.` : "";
    const stackless = described[0].own;
    if (stackless * 2000 > peak) described[0].source = `${mebibytes(stackless)} of it without a Python stack`;
    byId("imports").hidden = !described.some(isImport);
  }

  byId("callers").addEventListener("click", () => order(false));
  byId("inverted").addEventListener("click", () => order(true));
  byId("imports").addEventListener("click", () => { imports = !imports; rebuild(); });
  byId("reset").addEventListener("click", () => zoom(root));
  byId("back").addEventListener("click", () => zoom(past.pop() || root, true));
  search.addEventListener("input", draw);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target !== search) zoom(past.pop() || root, true);
    if (event.key === "/" && event.target !== search) { event.preventDefault(); search.focus(); }
  });
  let timer = 0;
  addEventListener("resize", () => { clearTimeout(timer); timer = setTimeout(draw, 100); });
  fillText();
  fillTable();
  fillResident();
  fillFiles();
  rebuild();
})();
