// The flamegraph: a box a frame, as wide as what it holds with everything below it. Boxes are elements with text, drawn only where
// they are wide enough to be seen; the keyboard walks them, one of them at a time being in the order of focus.
(function (fil) {
  "use strict";
  const { byId, element } = fil;
  const ROW = 36, LOW = 22, MOST_DRAWN = 4000, NARROWEST = 1.5, TEXT_FROM = 28, CHARACTER = 6.6;
  const graph = byId("graph"), search = byId("search");
  const options = { inverted: false, hideImports: true, hideLibrary: false, mergeRecursion: false, split: "" };
  let root = null, focus = null, current = null, past = [], wanted = "", nodeOf = new Map(), boxOf = new Map();

  // ---- what is written on a box

  const isUntouched = (node) => node.allUntouched * 10 > node.total;
  const place = (node) => (node.line ? `${fil.short(node.file)}:${node.line}` : node.file);
  const change = (node) => node.total - node.oldTotal;

  fil.sizeOf = function (node) {
    if (!fil.diff) return `${fil.mebibytes(node.total)} · ${fil.percent(node.total, fil.peak)}`;
    return `${fil.signed(change(node))} · ${fil.mebibytes(node.oldTotal)} → ${fil.mebibytes(node.total)}`;
  };

  function labelOf(node) {
    const where = node.line ? ` ${node.file}:${node.line}` : "";
    const untouched = isUntouched(node) ? `, ${fil.mebibytes(node.allUntouched)} of it never touched` : "";
    return `${node.name}${where}, ${fil.sizeOf(node).replace(" · ", ", ").replace("→", "to")}${untouched}`;
  }

  const tip = (node) => [node.name, node.line ? `${node.file}:${node.line}` : "", fil.sizeOf(node), node.source].filter(Boolean).join("\n");

  function write(box, node, pixels, low) {
    const size = fil.sizeOf(node), where = node.line ? place(node) : "";
    const room = pixels - 10 - CHARACTER * (node.name.length + where.length + 2);
    box.append(element("b", "", node.name));
    if (where) box.append(element("i", "", `  ${where}`));
    const fits = [size, size.split(" · ")[0]].find((words) => room > CHARACTER * words.length);
    if (fits) box.append(element("i", "size", `  ${fits}`));
    if (!low && node.source) box.append(element("code", "", node.source));
  }

  // ---- what it is coloured by: whose code it is, or in a diff how it changed

  function paint(box, node) {
    if (fil.diff && node.kind !== "root") {
      const by = change(node), most = Math.max(fil.peak, fil.oldPeak) || 1;
      box.classList.add(by > 0 ? "grew" : by < 0 ? "shrank" : "same");
      box.style.setProperty("--strength", Math.min(1, Math.sqrt(Math.abs(by) / most) * 1.5).toFixed(3));
      return;
    }
    box.classList.add(node.kind);
    box.style.setProperty("--spread", fil.spread(node.kind === "lib" ? node.package : node.file).toFixed(3));
  }

  function makeBox(node, left, share, top, pixels, low) {
    const box = element("div", "frame");
    box.setAttribute("role", "button");
    box.setAttribute("aria-label", labelOf(node));
    box.tabIndex = -1;
    Object.assign(box.style, { left: left * 100 + "%", width: share * 100 + "%", top: top + "px", height: (low ? LOW : ROW) + "px" });
    paint(box, node);
    if (matches(node)) box.classList.add("found");
    if (isUntouched(node)) box.classList.add("untouched");
    if (pixels > TEXT_FROM) write(box, node, pixels, low);
    else box.classList.add("narrow");
    nodeOf.set(box, node);
    boxOf.set(node, box);
    return box;
  }

  // ---- drawing

  // Breadth first, so that what is left out when there are too many is the deepest.
  function drawBelow(fresh, start, width, low) {
    const waiting = [[focus, 0, 1, start]];
    let bottom = start, drawn = 0, narrow = 0;
    for (let at = 0; at < waiting.length; at++) {
      const [parent, begin, share, top] = waiting[at];
      let left = begin;
      for (const child of parent.children) {
        const part = parent.weight ? (share * child.weight) / parent.weight : 0;
        if (part * width >= NARROWEST && drawn < MOST_DRAWN) {
          fresh.append(makeBox(child, left, part, top, part * width, low));
          waiting.push([child, left, part, top + (low ? LOW : ROW)]);
          bottom = Math.max(bottom, top + (low ? LOW : ROW));
          drawn++;
        } else if (child.weight) narrow++;
        left += part;
      }
    }
    return { bottom, narrow };
  }

  function draw() {
    const width = graph.clientWidth || 800, fresh = document.createDocumentFragment(), held = document.activeElement;
    const refocus = nodeOf.has(held) ? nodeOf.get(held) : null, callers = [];
    const low = !Object.keys(fil.profile.sources || {}).length;
    nodeOf = new Map();
    boxOf = new Map();
    for (let up = focus; up; up = up.parent) callers.unshift(up);
    let top = 0;
    for (const node of callers) {
      const slim = low || node !== focus || node === root;
      fresh.append(makeBox(node, 0, 1, top, width, slim));
      top += slim ? LOW : ROW;
    }
    const { bottom, narrow } = drawBelow(fresh, top, width, low);
    graph.replaceChildren(fresh);
    graph.style.height = bottom + "px";
    graph.classList.toggle("searching", wanted !== "");
    byId("narrow").textContent = narrow ? `${fil.count(narrow)} frame${narrow === 1 ? " is" : "s are"} too narrow to be seen here; zoom in to see more.` : "";
    byId("back").disabled = !past.length;
    byId("reset").disabled = focus === root;
    enter(boxOf.has(refocus) ? refocus : boxOf.has(current) ? current : focus, refocus !== null);
    countMatches();
  }

  // Makes this frame the one that Tab reaches.
  function enter(node, grab) {
    const before = boxOf.get(current), box = boxOf.get(node);
    if (before) before.tabIndex = -1;
    current = node;
    if (!box) return;
    box.tabIndex = 0;
    if (grab) box.focus();
  }

  // ---- search

  const text = (node) => `${node.name} ${node.file}:${node.line} ${node.source}`.toLowerCase();

  function matches(node) {
    if (wanted === "" || node.kind === "root") return false;
    if (wanted.startsWith("package:")) return (node.package || "").toLowerCase() === wanted.slice(8);
    return text(node).includes(wanted);
  }

  // What the matches hold together: a match below another match is in its bytes already.
  function countMatches() {
    let bytes = 0, old = 0, found = 0;
    const waiting = [[root, false]];
    while (wanted !== "" && waiting.length) {
      const [node, inside] = waiting.pop(), match = matches(node);
      if (match) found++;
      if (match && !inside) { bytes += node.total; old += node.oldTotal; }
      for (const child of node.children) waiting.push([child, inside || match]);
    }
    const held = fil.diff ? `${fil.signed(bytes - old)} (${fil.mebibytes(old)} → ${fil.mebibytes(bytes)})` : `${fil.mebibytes(bytes)}, ${fil.percent(bytes, fil.peak)}`;
    byId("matched").textContent = wanted === "" ? "" : found ? `${fil.count(found)} match${found === 1 ? "" : "es"}: ${held}` : "No match";
  }

  function seek(words) {
    search.value = words;
    wanted = words.trim().toLowerCase();
    draw();
  }

  // ---- moving about

  const remember = (from) => past.push({ focus, words: search.value, from });

  function zoom(node) {
    if (node !== focus) {
      remember(null);
      focus = current = node;
      draw();
    }
    fil.showDetails(node);
  }

  function back() {
    const last = past.pop();
    if (!last) return;
    focus = last.focus;
    seek(last.words);
    fil.showDetails(focus);
    if (last.from && last.from.isConnected) fil.open(last.from.closest("section").id, last.from);
  }

  // From a table or the source: highlight what matches, the whole graph in view; `from` is where Back leads to.
  fil.find = function (words, from) {
    remember(from);
    focus = root;
    seek(words);
    const first = nodeOf.get(graph.querySelector(".found")) || root;
    enter(first, false);
    fil.open("graph-section", null);
    enter(first, true);
  };

  fil.redraw = () => draw();

  function rebuild() {
    root = focus = current = fil.build(options);
    past = [];
    draw();
    fil.showDetails(root);
  }

  function sibling(node, step) {
    const all = node.parent ? node.parent.children.filter((child) => boxOf.has(child)) : [];
    return all[all.indexOf(node) + step];
  }

  const STEPS = {
    ArrowUp: (node) => node.parent,
    ArrowDown: (node) => node.children.find((child) => boxOf.has(child)),
    ArrowLeft: (node) => sibling(node, -1),
    ArrowRight: (node) => sibling(node, 1),
    Home: () => root,
  };

  function onKey(event) {
    const node = nodeOf.get(event.target);
    if (!node || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" || event.key === " ") zoom(node);
    else if (event.key === "c") fil.copyStack(node);
    else if (event.key in STEPS) {
      const next = STEPS[event.key](node);
      if (next && boxOf.has(next)) enter(next, true);
    } else return;
    event.preventDefault();
  }

  // ---- the tools

  const pressed = (id, on) => byId(id).setAttribute("aria-pressed", String(on));

  function toggle(id, name) {
    pressed(id, options[name]);
    byId(id).addEventListener("click", function () {
      options[name] = !options[name];
      pressed(id, options[name]);
      rebuild();
    });
  }

  function turn(inverted) {
    options.inverted = inverted;
    pressed("callers", !inverted);
    pressed("inverted", inverted);
    rebuild();
  }

  // A tool stands there only where it has something to do.
  function offer() {
    const names = new Set(), parts = fil.profile.parts || [];
    byId("imports").hidden = !fil.nodes.some((node) => node.imports);
    byId("library").hidden = !fil.nodes.some((node) => node.i && (node.kind === "lib" || (node.kind === "std" && !node.imports)));
    byId("recursion").hidden = !fil.nodes.some(function (node) {
      names.add(node.same);
      for (let up = fil.nodes[node.above]; up.i; up = fil.nodes[up.above]) if (up.same === node.same) return node.i > 0;
      return false;
    });
    const threads = parts.some((part) => part[1]), kinds = parts.some((part) => part[2]);
    byId("split").hidden = !threads && !kinds;
    byId("split").options[1].hidden = byId("split").options[1].disabled = !threads;
    byId("split").options[2].hidden = byId("split").options[2].disabled = !kinds;
    byId("hide").hidden = ["imports", "library", "recursion"].every((id) => byId(id).hidden);
  }

  function listen() {
    const under = (event) => nodeOf.get(event.target.closest && event.target.closest(".frame"));
    graph.addEventListener("click", (event) => { if (under(event) && String(getSelection()) === "") zoom(under(event)); });
    graph.addEventListener("keydown", onKey);
    graph.addEventListener("focusin", function (event) {
      const node = nodeOf.get(event.target);
      if (node) { enter(node, false); fil.showDetails(node); }
    });
    graph.addEventListener("mouseover", function (event) {
      const node = under(event);
      if (!node) return;
      fil.showDetails(node);
      boxOf.get(node).title ||= tip(node);
    });
    graph.addEventListener("mouseleave", () => fil.showDetails(current)); // so that the details' buttons can be reached
    search.addEventListener("input", () => seek(search.value));
    byId("back").addEventListener("click", back);
    byId("reset").addEventListener("click", () => zoom(root));
    byId("callers").addEventListener("click", () => turn(false));
    byId("inverted").addEventListener("click", () => turn(true));
    byId("split").addEventListener("change", () => { options.split = byId("split").value; rebuild(); });
    document.addEventListener("keydown", function (event) {
      const typing = /^(input|select|textarea)$/i.test(event.target.tagName || "");
      if (event.key === "Escape" && !typing) back();
      if (event.key === "/" && !typing) { event.preventDefault(); fil.open("graph-section", search); search.select(); }
    });
  }

  fil.startGraph = function () {
    offer();
    toggle("imports", "hideImports");
    toggle("library", "hideLibrary");
    toggle("recursion", "mergeRecursion");
    listen();
    rebuild();
  };
})((globalThis.fil ??= {}));
