// The flamegraph: a box a frame, as wide as what it holds with everything below it. Boxes are elements with text, drawn only where
// they are wide enough to be seen; the keyboard walks them, one of them at a time being in the order of focus.
(function (fil) {
  "use strict";
  const { byId, element } = fil;
  const ROW = 36, LOW = 22, MOST_DRAWN = 2000, AT_ONCE = 300, NARROWEST = 3, SEEN = 0.4;
  const TEXT_FROM = 28, CHARACTER = 6.6;
  const GIVEN = "This view was drawn from the whole recording, of which the page has only the "
    + "largest stacks: frames can be hidden, merged and split in the view from the program.";
  const ONE_WAY = "Of both profiles the page has only the largest stacks, from the program on.";
  const graph = byId("graph"), search = byId("search");
  const options = { inverted: false, hideImports: true, hideLibrary: false, mergeRecursion: false, split: "",
    opened: new Set() };
  const work = { imports: false, library: false, recursion: false, thread: false, kind: false };
  let root = null, focus = null, current = null, past = [], wanted = "", nodeOf = new Map(), boxOf = new Map();
  let matched = null, foundAt = null, inMatch = null, aboveMatch = null, smallerOf = new Map();
  let drawing = 0;

  // ---- what is written on a box

  const isUntouched = (node) => node.allUntouched * 10 > node.total;
  const place = (node) => `${fil.short(node.file)}:${node.line}`;
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

  const tip = (node) => [node.name, node.line ? `${node.file}:${node.line}` : "", fil.sizeOf(node),
    fil.exact(node.total), node.source].filter(Boolean).join("\n");

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
    const { of } = node, isMark = of.kind === "root" || of.kind === "rest";
    if (fil.diff && !isMark) {
      const by = change(node), most = Math.max(fil.peak, fil.oldPeak) || 1;
      box.classList.add(by > 0 ? "grew" : by < 0 ? "shrank" : "same");
      return `--strength:${Math.min(1, Math.sqrt(Math.abs(by) / most) * 1.5).toFixed(3)}`;
    }
    box.classList.add(of.kind);
    return "";
  }

  function makeBox(node, left, share, top, pixels, low) {
    const box = element("div", "frame");
    box.setAttribute("role", fil.opens(node) ? "button" : "img");
    box.setAttribute("aria-label", labelOf(node));
    box.dataset.bytes = node.total;
    if (fil.diff) box.dataset.old = node.oldTotal;
    box.tabIndex = -1;
    const across = `left:${left * 100}%;width:${share * 100}%`;
    const down = `top:${top}px;height:${low ? LOW : ROW}px`;
    box.style.cssText = `${across};${down};${paint(box, node)}`;
    if (isFound(node)) box.classList.add("found");
    if (isUntouched(node)) box.classList.add("untouched");
    if (pixels > TEXT_FROM) write(box, node, pixels, low);
    else box.classList.add("narrow");
    nodeOf.set(box, node);
    boxOf.set(node, box);
    return box;
  }

  // ---- drawing

  let wide = 800;
  const partOf = ({ weight }, node, share) => (weight ? (share * node.weight) / weight : 0);

  // Whether a click leads to more: it does, but where all that is in there is too small again.
  fil.opens = function (node) {
    if (node.kind !== "rest") return true;
    return node.children.length > 0 && partOf(node, node.children[0], wide) >= NARROWEST;
  };

  // The boxes below a frame, and one for what is too narrow, and what the profile has no nodes for.
  function drawLevel(work, fresh) {
    const [parent, begin, share, top] = work.waiting[work.at++];
    const below = top + (work.low ? LOW : ROW);
    let left = begin;
    const add = function (node, part) {
      fresh.append(makeBox(node, left, part, top, part * work.width, work.low));
      left += part;
      work.bottom = Math.max(work.bottom, below);
      work.made++;
    };
    const small = parent.children.filter(function (child) {
      const part = partOf(parent, child, share);
      if (part * work.width < NARROWEST || work.drawn >= MOST_DRAWN) return child.weight > 0;
      add(child, part);
      work.waiting.push([child, left - part, part, below]);
      work.drawn++;
      return false;
    });
    if (!small.length && !parent.rest && !parent.oldRest) return;
    const rest = fil.smaller(parent, small), part = partOf(parent, rest, share);
    if (part * work.width < SEEN) return;
    add(rest, part);
    smallerOf.set(parent, rest);
  }

  // Breadth first, so that what is left out when there are too many is the deepest. The first
  // boxes are drawn at once, all others when those can be seen.
  function drawOn(work) {
    const fresh = document.createDocumentFragment();
    for (work.made = 0; work.at < work.waiting.length && work.made < AT_ONCE; ) drawLevel(work, fresh);
    graph.append(fresh);
    graph.style.height = work.bottom + "px";
    const isDone = work.at >= work.waiting.length;
    graph.setAttribute("aria-busy", String(!isDone));
    if (isDone) fil.showLegend(smallerOf.size > 0);
    else requestAnimationFrame(() => setTimeout(() => { if (work.number === drawing) drawOn(work); }));
  }

  function draw() {
    const width = (wide = graph.clientWidth || 800), fresh = document.createDocumentFragment();
    const held = document.activeElement;
    const refocus = nodeOf.has(held) ? nodeOf.get(held) : null, callers = [];
    const low = !Object.keys(fil.profile.sources || {}).length;
    nodeOf = new Map();
    boxOf = new Map();
    smallerOf = new Map();
    find();
    for (let up = focus; up; up = up.parent) callers.unshift(up);
    let top = 0;
    for (const node of callers) {
      const slim = low || node !== focus || node === root;
      fresh.append(makeBox(node, 0, 1, top, width, slim));
      top += slim ? LOW : ROW;
    }
    graph.replaceChildren(fresh);
    graph.classList.toggle("searching", wanted !== "");
    const waiting = [[focus, 0, 1, top]];
    drawOn({ waiting, at: 0, drawn: 0, bottom: top, width, low, number: ++drawing });
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

  const words = ({ name, file, line, source }) => `${name} ${file}:${line} ${source}`.toLowerCase();

  function matches(frame) {
    if (frame.kind === "root") return false;
    const is = (name) => name.toLowerCase() === wanted.slice(wanted.indexOf(":") + 1);
    if (wanted.startsWith("package:")) return is(frame.package);
    if (wanted.startsWith("import:")) return frame.imports && is(frame.name.slice(7));
    return (frame.text ??= words(frame)).includes(wanted);
  }

  // Which frames match, and which nodes of the tree are in or below, or in or above, one that does.
  function find() {
    const { tree: { count, parent, frame }, stands } = root.view;
    matched = null;
    if (wanted === "") return;
    matched = Uint8Array.from({ length: fil.frameCount() }, (_, id) => matches(fil.frame(id)));
    [foundAt, inMatch, aboveMatch] = [0, 0, 0].map(() => new Uint8Array(count));
    for (let i = 1; i < count; i++) {
      inMatch[i] = matched[frame[i]] || inMatch[parent[i]];
      if (matched[frame[i]]) foundAt[stands ? stands[i] : i] = 1;
    }
    for (let i = count - 1; i > 0; i--) {
      if (matched[frame[i]] || aboveMatch[i]) aboveMatch[i] = aboveMatch[parent[i]] = 1;
    }
  }

  // A box is found, too, where it stands for a frame that is, or is for what is too small and
  // hides one.
  function isFound(node) {
    if (!matched || !node.ats && node.kind !== "rest") return false;
    if (node.kind !== "rest") return node.ats.some((at) => foundAt[at]);
    const hides = (one) => one.ats.some((at) => (one.owners ? inMatch[at] : aboveMatch[at]));
    return node.children.some(hides);
  }

  // What the matches hold together: a match below another match is in its bytes already.
  function countMatches() {
    let bytes = 0, old = 0, found = 0;
    const { count, frame, sums: [own, rest, oldOwn, oldRest] } = root.view.tree;
    for (let i = 1; matched && i < count; i++) {
      if (matched[frame[i]]) found++;
      if (!inMatch[i]) continue;
      bytes += own[i] + rest[i];
      old += oldOwn[i] + oldRest[i];
    }
    const sizes = `${fil.mebibytes(old)} → ${fil.mebibytes(bytes)}`;
    const share = `${fil.mebibytes(bytes)}, ${fil.percent(bytes, fil.peak)}`;
    const held = fil.diff ? `${fil.signed(bytes - old)} (${sizes})` : share;
    const times = `${fil.count(found)} match${found === 1 ? "" : "es"}`;
    byId("matched").textContent = matched ? (found ? `${times}: ${held}` : "No match") : "";
  }

  function seek(words) {
    search.value = words;
    wanted = words.trim().toLowerCase();
    draw();
  }

  // ---- moving about

  const remember = (from) => past.push({ focus, words: search.value, from });

  function zoom(node) {
    if (node !== focus && fil.opens(node)) {
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

  // The boxes below a frame, from left to right.
  const hasBox = (node) => boxOf.has(node);
  const boxesBelow = (node) => [...node.children, smallerOf.get(node)].filter(hasBox);

  function sibling(node, step) {
    const all = node.parent ? boxesBelow(node.parent) : [];
    return all[all.indexOf(node) + step];
  }

  const STEPS = {
    ArrowUp: (node) => node.parent,
    ArrowDown: (node) => boxesBelow(node)[0],
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
    offer();
    rebuild();
  }

  // Whether any function is its own caller somewhere.
  function hasRecursion() {
    const { frame } = fil.base, inside = [];
    let found = false;
    fil.walk(fil.base, function (node) {
      const number = fil.functionOf(frame[node]);
      if (inside[number]) found = true;
      inside[number] = (inside[number] || 0) + 1;
    }, (node) => { inside[fil.functionOf(frame[node])]--; });
    return found;
  }

  // What there is to do: once, of all nodes.
  function findWork() {
    const parts = fil.diff ? [] : fil.profile.parts || [];
    work.recursion = hasRecursion();
    for (let id = 1; id < fil.frameCount(); id++) {
      if (fil.isImport(id)) work.imports = true;
      else if (fil.codeOf(id) !== "own") work.library = true;
    }
    work.thread = parts.some((part) => part[1]);
    work.kind = parts.some((part) => part[2]);
  }

  // A tool stands there only where it has something to do, and where its answer is exact.
  function offer() {
    const given = fil.cut && options.inverted, turns = !fil.cut || fil.profile.inverted;
    for (const id of ["imports", "library", "recursion"]) byId(id).hidden = given || !work[id];
    byId("hide").hidden = given || !(work.imports || work.library || work.recursion);
    byId("split").hidden = given || !(work.thread || work.kind);
    ["thread", "kind"].forEach(function (by, i) {
      const option = byId("split").options[i + 1];
      option.hidden = option.disabled = !work[by];
    });
    byId("turn").hidden = !turns;
    byId("note").textContent = given ? GIVEN : turns ? "" : ONE_WAY;
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
    findWork();
    offer();
    toggle("imports", "hideImports");
    toggle("library", "hideLibrary");
    toggle("recursion", "mergeRecursion");
    listen();
    rebuild();
  };
})((globalThis.fil ??= {}));
