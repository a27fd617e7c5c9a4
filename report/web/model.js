// The profile, read once, and the trees made of it.
//
// A tree is arrays that go together, by node, parents first: `parent`, `frame`, and in `sums` seven
// figures of each node. Objects are made only of nodes that are looked at: a profile may have a
// hundred thousand. The tree from the allocation outwards is grown only where it is looked at.
(function (fil) {
  "use strict";
  const OWN = 0, REST = 1, OLD = 2, OLD_REST = 3, UNTOUCHED = 4, ALLOCATIONS = 5, LEFT_OUT = 6;
  const FIGURES = 7, MANY = 2 ** 26, MOST_GROUPS = 40;
  const KINDS = { own: "own", library: "lib", standard: "std", none: "std" };
  const HELD = ["heap", "anonymous mapping", "shared memory", "written pages of files"];
  let numbers = null;

  // ---- frames: a function at a line; 0 is the root's

  function addFrame(name, kind, file, line, source, owner, number, imports) {
    const id = fil.frames.length;
    const of = { id, name, kind, file, line, source, package: owner, function: number, imports };
    fil.frames.push(of);
    return id;
  }
  const addMark = (name, kind) => addFrame(name, kind, "", 0, "", "", -1, false);

  function makeFrame(number, line) {
    const { functions = [], paths = [], packages = [], sources = {} } = fil.profile;
    const [name, path, first] = functions[number] || ["?", 0, 0];
    const [file, owner] = paths[path] || ["", 0];
    const [title, kind] = packages[owner] || ["", "none"], code = KINDS[kind] || "std";
    if (file === "<import>") return addFrame(name, code, "", 0, "", title, number, true);
    const at = line || first, source = String((sources[file] || {})[at] || "");
    return addFrame(name || file, code, file, at, source, title, number, false);
  }

  function frameAt(number, line) {
    const lines = (numbers[number] ??= new Map());
    let known = lines.get(line);
    if (known === undefined) lines.set(line, (known = makeFrame(number, line)));
    return known;
  }
  fil.frameAt = (number, line) => fil.frames[frameAt(number, line)];

  function groupFrame(name) {
    const known = fil.frames.find((one) => one.kind === "group" && one.name === name);
    return known ? known.id : addMark(name, "group");
  }

  // ---- trees

  function plant() {
    return { parent: [0], frame: [0], sums: Array.from({ length: FIGURES }, () => [0]),
      parts: new Map(), known: new Map() };
  }

  function sprout(tree, parent, frame) {
    tree.parent.push(parent);
    tree.frame.push(frame);
    for (let k = 0; k < FIGURES; k++) tree.sums[k].push(0);
    return tree.parent.length - 1;
  }

  function child(tree, parent, frame) {
    const key = parent * MANY + frame;
    let here = tree.known.get(key);
    if (here === undefined) tree.known.set(key, (here = sprout(tree, parent, frame)));
    return here;
  }

  // Totals, and each node's first child and next sibling. `weight` is what a box is wide by: in a
  // difference the larger of both, and never less than the callees together.
  function finish(tree) {
    const { parent, sums } = tree, count = parent.length;
    const [own, rest, old, oldRest, untouched] = sums;
    const [total, oldTotal, weight] = [0, 0, 0].map(() => new Float64Array(count));
    const [first, next] = [0, 0].map(() => new Int32Array(count));
    const allUntouched = Float64Array.from(untouched);
    for (let i = count - 1; i >= 0; i--) {
      total[i] += own[i] + rest[i];
      oldTotal[i] += old[i] + oldRest[i];
      weight[i] = Math.max(weight[i] + Math.max(rest[i], oldRest[i]), total[i], oldTotal[i]);
      if (!i) break;
      const up = parent[i];
      total[up] += total[i];
      oldTotal[up] += oldTotal[i];
      allUntouched[up] += allUntouched[i];
      weight[up] += weight[i];
      next[i] = first[up];
      first[up] = i;
    }
    return Object.assign(tree, { count, total, oldTotal, weight, allUntouched, first, next });
  }

  // Depth first, without recursion: stacks may be thousands of frames deep.
  fil.walk = function (tree, enter, leave) {
    const { first, next, parent } = tree;
    for (let node = first[0]; node; ) {
      enter(node);
      if (first[node]) { node = first[node]; continue; }
      leave(node);
      while (!next[node] && (node = parent[node])) leave(node);
      node = node ? next[node] : 0;
    }
  };

  // ---- reading

  // What a node's total has and the nodes below it haven't was left out.
  function rests(tree, nodes, at, own, rest) {
    const known = tree.sums[own].slice();
    for (let i = nodes.length - 1; i >= 0; i--) {
      const total = nodes[i][at] === undefined ? known[i] : nodes[i][at];
      tree.sums[rest][i] = Math.max(0, total - known[i]);
      if (i) known[tree.parent[i]] += Math.max(total, known[i]);
    }
    return Math.max(known[0], (nodes[0] || [])[at] || 0);
  }

  function readTree(nodes) {
    const count = nodes.length, parent = new Int32Array(count), frame = new Int32Array(count);
    const sums = Array.from({ length: FIGURES }, () => new Float64Array(count));
    const tree = { parent, frame, sums, parts: new Map() };
    for (let i = 0; i < count; i++) {
      const node = nodes[i];
      parent[i] = node[0] < i ? node[0] : 0;
      frame[i] = i ? frameAt(node[1], node[2]) : 0;
      sums[OWN][i] = node[3];
      sums[ALLOCATIONS][i] = node[4] || 0;
      if (node.length < 7) continue;
      sums[LEFT_OUT][i] = node[6];
      sums[OLD][i] = node[7] || 0;
    }
    tree.held = rests(tree, nodes, 5, OWN, REST);
    tree.oldHeld = rests(tree, nodes, 8, OLD, OLD_REST);
    return tree;
  }

  // `parts` names what isn't touched heap of the main thread.
  function readParts(tree, profile) {
    for (const [node, thread, kind, bytes, untouched] of profile.parts || []) {
      if (!(node < tree.parent.length)) continue;
      tree.sums[UNTOUCHED][node] += untouched;
      if (!tree.parts.has(node)) tree.parts.set(node, []);
      tree.parts.get(node).push({ thread, kind, bytes, untouched });
    }
  }

  // The picture is of the whole peak, also where that isn't all in known stacks.
  function fill(tree) {
    tree.sums[REST][0] += Math.max(0, fil.peak - tree.held);
    tree.sums[OLD_REST][0] += Math.max(0, fil.oldPeak - tree.oldHeld);
    return finish(tree);
  }

  fil.read = function (profile) {
    const peakOf = (one) => (one && one.peak_bytes) || 0;
    fil.profile = profile;
    fil.diff = profile.kind === "diff";
    fil.cut = Boolean(profile.cut);
    fil.frames = [];
    numbers = [];
    addMark("all", "root");
    const tree = readTree(profile.nodes || [[0, 0, 0, 0, 0]]);
    readParts(tree, profile);
    fil.peak = Math.max((fil.diff && peakOf(profile.new)) || peakOf(profile), tree.held);
    fil.oldPeak = fil.diff ? Math.max(peakOf(profile.old), tree.oldHeld) : 0;
    fil.base = fill(tree);
    fil.names = { thread: profile.threads || ["MainThread"], kind: profile.kinds || HELD };
  };

  // The frames that lead to a node, outermost first.
  fil.stackOf = function (node) {
    const frames = [], { parent, frame } = fil.base;
    for (let at = node; at && frame[at]; at = parent[at]) frames.unshift(fil.frames[frame[at]]);
    return frames;
  };

  // ---- a node that is looked at

  class Node {
    constructor(tree, parent, of) {
      this.tree = tree;
      this.parent = parent;
      this.of = of;
      this.own = this.rest = this.oldRest = this.leftOut = this.allocations = 0;
      this.total = this.oldTotal = this.allUntouched = this.weight = 0;
      this.below = null;
    }
    get children() {
      return (this.below ??= this.expand().sort((a, b) => b.weight - a.weight));
    }
  }
  for (const name of ["id", "name", "kind", "file", "line", "source", "package", "imports"]) {
    Object.defineProperty(Node.prototype, name, { get() { return this.of[name]; } });
  }

  class Called extends Node {
    constructor(tree, at, parent) {
      super(tree, parent, fil.frames[tree.frame[at]]);
      const { sums, total, oldTotal, allUntouched, weight } = tree;
      this.at = at;
      this.own = sums[OWN][at];
      this.rest = sums[REST][at];
      this.oldRest = sums[OLD_REST][at];
      this.leftOut = sums[LEFT_OUT][at];
      this.allocations = sums[ALLOCATIONS][at];
      this.total = total[at];
      this.oldTotal = oldTotal[at];
      this.allUntouched = allUntouched[at];
      this.weight = weight[at];
    }
    expand() {
      const made = [], { first, next } = this.tree;
      for (let at = first[this.at]; at; at = next[at]) made.push(new Called(this.tree, at, this));
      return made;
    }
  }

  // From the allocation outwards: `owners` are nodes that hold something themselves, `ats` where
  // each of their stacks has come to.
  class Caller extends Node {
    constructor(tree, parent, frame, owners, ats) {
      super(tree, parent, fil.frames[frame]);
      const { sums } = tree;
      this.owners = owners;
      this.ats = ats;
      for (const at of owners) {
        this.total += sums[OWN][at];
        this.oldTotal += sums[OLD][at];
        this.weight += Math.max(sums[OWN][at], sums[OLD][at]);
        this.allUntouched += sums[UNTOUCHED][at];
        this.allocations += sums[ALLOCATIONS][at];
      }
    }
    expand() {
      return grouped(this.tree, this, this.owners, this.ats.map((at) => this.tree.parent[at]));
    }
  }

  function grouped(tree, parent, owners, ats) {
    const groups = new Map();
    ats.forEach(function (at, k) {
      const frame = tree.frame[at], kind = fil.frames[frame].kind;
      if (kind === "root" || kind === "group") return;
      if (!groups.has(frame)) groups.set(frame, [[], []]);
      groups.get(frame)[0].push(owners[k]);
      groups.get(frame)[1].push(at);
    });
    return [...groups].map(([frame, [own, at]]) => new Caller(tree, parent, frame, own, at));
  }

  // What is too small to draw below a node, as one box: these children, and what was left out.
  fil.smaller = function (parent, children) {
    const sum = (field) => children.reduce((all, one) => all + one[field], 0);
    const count = children.length + parent.leftOut;
    const name = count ? `${fil.count(count)} smaller` : "in no known stack";
    const { rest, oldRest, leftOut } = parent, of = { ...fil.frames[0], name, kind: "rest" };
    const total = sum("total") + rest, oldTotal = sum("oldTotal") + oldRest;
    const weight = sum("weight") + Math.max(rest, oldRest), allUntouched = sum("allUntouched");
    return Object.assign(new Node(parent.tree, parent, of), { below: children, rest, oldRest, leftOut,
      total, oldTotal, allUntouched, weight });
  };

  // Of which kinds and threads a node is, with all below it: what isn't heap of the main thread.
  fil.partsOf = function (node) {
    const sums = { thread: new Map(), kind: new Map() };
    const add = (by, part) => sums[by].set(part[by], (sums[by].get(part[by]) || 0) + part.bytes);
    const take = (at) => (node.tree.parts.get(at) || []).forEach(function (part) {
      for (const by of ["thread", "kind"]) if (part[by]) add(by, part);
    });
    const { parts, first, next } = node.tree;
    const waiting = node.at === undefined || !parts.size ? [] : [node.at];
    (node.owners || []).forEach(take);
    while (waiting.length) {
      const at = waiting.pop();
      take(at);
      for (let below = first[at]; below; below = next[below]) waiting.push(below);
    }
    return sums;
  };

  // ---- trees with frames left out, recursion merged, split

  // Where a frame goes: a child of its caller, or into a frame that stands for it.
  function placeOf(tree, frame, parent, options) {
    const here = fil.frames[frame], up = fil.frames[tree.frame[parent]];
    const inLibrary = up.kind === "lib" || up.kind === "std";
    if (options.hideImports && up.imports) return parent;
    if (options.hideLibrary && here.kind !== "own" && inLibrary) return parent;
    for (let at = parent; options.mergeRecursion && at; at = tree.parent[at]) {
      if (fil.frames[tree.frame[at]].function === here.function) return at;
    }
    const merges = options.hideLibrary || options.mergeRecursion;
    return merges ? child(tree, parent, frame) : sprout(tree, parent, frame);
  }

  // `group` is what of the profile belongs there: figures, parts, and whether a node has any.
  function grow(tree, root, group, options) {
    const { parent, frame } = fil.base, count = parent.length, place = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      if (!group.has(i)) continue;
      const at = (place[i] = i ? placeOf(tree, frame[i], place[parent[i]], options) : root);
      for (let k = 0; k < FIGURES; k++) tree.sums[k][at] += group.sums[k][i];
    }
    for (const [i, parts] of group.parts) {
      if (parts.length) tree.parts.set(place[i], [...(tree.parts.get(place[i]) || []), ...parts]);
    }
  }

  // What each node holds of one thread, or of one kind of memory, by itself and with all below it.
  function holdings(by, group) {
    const { parent, sums, parts } = fil.base;
    const own = group ? new Float64Array(parent.length) : Float64Array.from(sums[OWN]);
    for (const [i, there] of parts) {
      for (const part of there) {
        if (part[by] === group) own[i] += group ? part.bytes : 0;
        else if (!group) own[i] -= part.bytes;
      }
    }
    const below = own.slice();
    for (let i = parent.length - 1; i > 0; i--) below[parent[i]] += below[i];
    return { group, own, below };
  }

  // Of each node, the thread or kind that holds the most: what can't be told apart goes there.
  function largestOf(groups) {
    const { parent } = fil.base, most = new Int32Array(parent.length);
    const best = new Float64Array(parent.length);
    for (const { group, below } of groups) {
      for (let i = 0; i < most.length; i++) {
        if (below[i] > best[i]) [best[i], most[i]] = [below[i], group];
      }
    }
    for (let i = 1; i < parent.length; i++) if (!best[i]) most[i] = most[parent[i]];
    return most;
  }

  function groupsOf(by) {
    const { sums, parts } = fil.base, used = new Set([0]);
    for (const there of parts.values()) for (const part of there) used.add(part[by]);
    const groups = [...used].map((group) => holdings(by, group)).filter(({ below }) => below[0]);
    groups.sort((a, b) => b.below[0] - a.below[0]).splice(MOST_GROUPS);
    const most = largestOf(groups);
    return groups.map(function ({ group, own, below }) {
      const given = sums.map((all) => all.map((figure, i) => (most[i] === group ? figure : 0)));
      const here = new Map(), name = fil.names[by][group] || "?";
      given[OWN] = own;
      given[UNTOUCHED].fill(0);
      for (const [i, there] of parts) {
        here.set(i, there.filter((part) => part[by] === group));
        for (const part of here.get(i)) given[UNTOUCHED][i] += part.untouched;
      }
      return { name, sums: given, parts: here, has: (i) => below[i] || most[i] === group };
    });
  }

  function forward(options) {
    const hides = options.hideImports && fil.frames.some((one) => one.imports);
    if (!(hides || options.hideLibrary || options.mergeRecursion || options.split)) return fil.base;
    const tree = plant(), everything = { ...fil.base, has: () => true };
    if (!options.split) grow(tree, 0, everything, options);
    else {
      for (const group of groupsOf(options.split)) {
        grow(tree, sprout(tree, 0, groupFrame(group.name)), group, options);
      }
    }
    return finish(tree);
  }

  // The root of the tree that is drawn; its `tree` is what is searched.
  fil.build = function (options) {
    const { inverted } = fil.profile;
    if (options.inverted && fil.cut) return new Called(fill(readTree(inverted)), 0, null);
    const tree = forward(options), root = new Called(tree, 0, null);
    return options.inverted ? turned(root) : root;
  };

  function turned(root) {
    const { tree } = root, tops = new Map([[0, []]]), top = new Int32Array(tree.count);
    for (let at = 1; at < tree.count; at++) {
      const isGroup = fil.frames[tree.frame[at]].kind === "group";
      if (isGroup) tops.set(at, []);
      top[at] = isGroup ? at : top[tree.parent[at]];
      if (!isGroup && (tree.sums[OWN][at] || tree.sums[OLD][at])) tops.get(top[at]).push(at);
    }
    const turn = (node, held) => Object.assign(node, { below: grouped(tree, node, held, held) });
    for (const node of root.children) if (node.kind === "group") turn(node, tops.get(node.at));
    if (tops.size === 1) turn(root, tops.get(0));
    for (const node of [...root.children, root]) if (tops.has(node.at)) weigh(node);
    return root;
  }

  // A root of turned stacks: all that they don't hold is in none.
  function weigh(node) {
    const sum = (field) => node.children.reduce((all, one) => all + one[field], 0);
    node.below.sort((a, b) => b.weight - a.weight);
    node.rest = Math.max(0, node.total - node.own - sum("total"));
    node.oldRest = 0;
    node.weight = Math.max(node.weight, sum("weight") + node.rest);
  }
})((globalThis.fil ??= {}));
