// The flame graph: boxes are elements with text, drawn only where they are wide enough to be seen;
// the keyboard walks them, one of them at a time being in the order of focus.
(function (fil) {
  "use strict";
  const { byId } = fil;
  const MOST_DRAWN = 2000, AT_ONCE = 300, NARROWEST = 3, SEEN = 0.4;
  const graph = byId("graph"), search = byId("search");
  let root = null, focus = null, current = null, past = [], wide = 800, low = false, drawing = 0;
  let nodeOf = new Map(), boxOf = new Map(), smallerOf = new Map();

  // ---- drawing

  const partOf = ({ weight }, node, share) => (weight ? (share * node.weight) / weight : 0);

  // Whether a click leads to more: it does, but where all that is in there is too small again.
  fil.opens = function (node) {
    if (node.kind !== "rest") return true;
    return node.children.length > 0 && partOf(node, node.children[0], wide) >= NARROWEST;
  };

  function makeBox(node, left, share, top, slim) {
    const box = fil.makeBox(node, left, share, top, share * wide, slim);
    nodeOf.set(box, node);
    boxOf.set(node, box);
    return box;
  }

  // The boxes below a frame, and one for what is too narrow, and what the profile has no nodes for.
  function drawLevel(work, fresh) {
    const [parent, begin, share, top] = work.waiting[work.at++];
    const below = top + (low ? fil.LOW : fil.ROW);
    let left = begin;
    const add = function (node, part) {
      fresh.append(makeBox(node, left, part, top, low));
      left += part;
      work.bottom = Math.max(work.bottom, below);
      work.made++;
    };
    const small = parent.children.filter(function (child) {
      const part = partOf(parent, child, share);
      if (part * wide < NARROWEST || work.drawn >= MOST_DRAWN) return child.weight > 0;
      add(child, part);
      work.waiting.push([child, left - part, part, below]);
      work.drawn++;
      return false;
    });
    if (!small.length && !parent.rest && !parent.oldRest) return;
    const rest = fil.smaller(parent, small), part = partOf(parent, rest, share);
    if (part * wide < SEEN) return;
    add(rest, part);
    smallerOf.set(parent, rest);
  }

  // Breadth first, so that what is left out when there are too many is the deepest. The first
  // boxes are drawn at once, all others when those can be seen.
  function drawOn(work) {
    const fresh = document.createDocumentFragment();
    work.made = 0;
    while (work.at < work.waiting.length && work.made < AT_ONCE) drawLevel(work, fresh);
    graph.append(fresh);
    graph.style.height = work.bottom + "px";
    const isDone = work.at >= work.waiting.length;
    graph.setAttribute("aria-busy", String(!isDone));
    if (isDone) fil.showLegend(graph);
    else requestAnimationFrame(() => setTimeout(() => {
      if (work.number === drawing) drawOn(work);
    }));
  }

  // The frames that lead to the focus: their lower edge is where its callees begin.
  function drawAbove(fresh) {
    const above = [];
    for (let up = focus; up; up = up.parent) above.unshift(up);
    return above.reduce(function (top, node) {
      const slim = low || node !== focus || node === root;
      fresh.append(makeBox(node, 0, 1, top, slim));
      return top + (slim ? fil.LOW : fil.ROW);
    }, 0);
  }

  function draw() {
    const fresh = document.createDocumentFragment(), held = nodeOf.get(document.activeElement);
    wide = graph.clientWidth || 800;
    low = !Object.keys(fil.profile.sources || {}).length;
    [nodeOf, boxOf, smallerOf] = [new Map(), new Map(), new Map()];
    fil.search(root, fil.state.search);
    const top = drawAbove(fresh);
    graph.replaceChildren(fresh);
    graph.classList.toggle("searching", fil.isSearching());
    drawOn({ waiting: [[focus, 0, 1, top]], at: 0, drawn: 0, bottom: top, number: ++drawing });
    byId("back").disabled = !past.length;
    byId("reset").disabled = focus === root;
    enter([held, current].find((node) => boxOf.has(node)) || focus, held !== undefined);
    byId("matched").textContent = fil.foundWords(root);
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

  // ---- where one is: the frames to the focus by number, those of a split by name

  const keyOf = (node) => (node.id >= 0 ? node.id.toString(36) : `~${node.name}`);

  function pathOf(node) {
    const path = [];
    for (let at = node; at !== root; at = at.parent) path.unshift(keyOf(at));
    return path.join("/");
  }

  function nodeAt(path) {
    let node = root;
    for (const key of path ? path.split("/") : []) {
      const next = node.children.find((child) => keyOf(child) === key);
      if (!next) break;
      node = next;
    }
    return node;
  }

  const opened = () => new Set(fil.state.opened.split(".").filter(Boolean)
    .map((id) => parseInt(id, 36)));

  function build() {
    const { turn, detail, split, recursion, zoom } = fil.state;
    root = fil.build({ inverted: turn === "allocators", detail, split, merges: recursion !== "",
      opened: opened() });
    focus = current = nodeAt(zoom);
  }

  // ---- moving about

  function remember(from) {
    const { search: words, opened: open } = fil.state;
    past.push({ root, focus, path: pathOf(focus), words, open, from });
  }

  function seek(words) {
    search.value = words;
    fil.keep({ search: words });
    draw();
  }

  // Shows what a call into a library, or an import, does inside.
  function unfold(node) {
    const path = pathOf(node), open = [...opened(), node.id].map((id) => id.toString(36)).join(".");
    fil.keep({ opened: open, zoom: path });
    build();
  }

  function refold() {
    fil.keep({ opened: "", zoom: "" });
    build();
  }

  function zoom(node) {
    if (fil.opens(node) && (node !== focus || fil.folds(node))) {
      remember(null);
      focus = current = node;
      fil.keep({ zoom: pathOf(node) });
      if (fil.folds(node)) unfold(node);
      else if (node === root && fil.state.opened) refold();
      draw();
    }
    fil.showDetails(boxOf.has(node) ? node : focus);
  }

  function back() {
    const last = past.pop();
    if (!last) return;
    fil.keep({ opened: last.open, zoom: last.path });
    if (last.root === root) focus = last.focus;
    else build();
    seek(last.words);
    fil.showDetails(focus);
    if (last.from && last.from.isConnected)
      fil.open(last.from.closest("section, #answer").id, last.from);
  }

  // From a table or the source: highlights what matches, the whole graph in view; `from` is where
  // Back leads to.
  fil.find = function (words, from) {
    remember(from);
    focus = root;
    fil.keep({ zoom: "" });
    seek(words);
    const first = nodeOf.get(graph.querySelector(".found")) || root;
    enter(first, false);
    fil.open("graph-section", null);
    enter(first, true);
  };

  fil.redraw = () => draw();

  fil.rebuild = function () {
    past = [];
    search.value = fil.state.search;
    build();
    draw();
    fil.showDetails(focus);
  };

  // ---- mouse and keyboard

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

  function listen() {
    const under = (event) => nodeOf.get(event.target.closest && event.target.closest(".frame"));
    graph.addEventListener("click", function (event) {
      if (under(event) && String(getSelection()) === "") zoom(under(event));
    });
    graph.addEventListener("keydown", onKey);
    graph.addEventListener("focusin", function (event) {
      const node = nodeOf.get(event.target);
      if (!node) return;
      enter(node, false);
      fil.showDetails(node);
    });
    graph.addEventListener("mouseover", function (event) {
      const node = under(event);
      if (!node) return;
      fil.showDetails(node);
      boxOf.get(node).title ||= fil.tipOf(node);
    });
    // So that the details' buttons can be reached.
    graph.addEventListener("mouseleave", () => fil.showDetails(current));
    search.addEventListener("input", () => seek(search.value));
    byId("back").addEventListener("click", back);
    byId("reset").addEventListener("click", () => zoom(root));
  }

  function onShortcut(event) {
    const isTyping = /^(input|select|textarea)$/i.test(event.target.tagName || "");
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey
      || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") back();
    if (event.key !== "/") return;
    event.preventDefault();
    fil.open("graph-section", search);
    search.select();
  }

  fil.startGraph = function () {
    listen();
    document.addEventListener("keydown", onShortcut);
    fil.rebuild();
  };
})((globalThis.fil ??= {}));
