// The profile, read once, and the trees made of it. A tree's node keeps what is its own; what it holds with everything below it
// is summed when the tree is finished, so that frames can be left out, merged or turned around before.
(function (fil) {
  "use strict";
  const NOBODY = { name: "?", file: "", first_line: 0 };
  const SELF = ["own", "rest", "old", "oldRest", "untouched", "allocations"];

  // ---- reading

  // What stands in the JSON's nodes, parents first. `rest` is what a node holds in stacks that were too small to be in the page.
  function describe(profile, diff) {
    const sources = profile.sources || {}, functions = profile.functions || [], nodes = profile.nodes || [[0, 0, 0, 0, 0]];
    const described = nodes.map(function (node, i) {
      const { name, file, first_line } = functions[node[1]] || NOBODY;
      const line = node[2] || first_line, source = String((sources[file] || {})[line] || "");
      return { i, above: node[0] < i ? node[0] : 0, name: name || file, file, line, source, ...fil.origin(file), imports: file.startsWith("<frozen importlib"),
        own: node[3], allocations: node[4] || 0, old: diff ? node[6] : 0, untouched: 0, rest: 0, oldRest: 0, parts: null };
    });
    rests(described, nodes.map((node) => node[5]), "own", "rest");
    if (diff) rests(described, nodes.map((node) => node[7]), "old", "oldRest");
    for (const node of described) {
      node.key = `${node.file}\n${node.line}\n${node.name}`;
      node.same = `${node.file}\n${node.name}`;
    }
    return described;
  }

  function rests(described, totals, own, rest) {
    const known = described.map((node) => node[own]);
    for (let i = described.length - 1; i >= 0; i--) {
      const total = totals[i] === undefined ? known[i] : totals[i];
      described[i][rest] = Math.max(0, total - known[i]);
      if (i) known[described[i].above] += Math.max(total, known[i]);
    }
  }

  // `parts` names what isn't touched heap of the main thread.
  function takeParts(described, profile) {
    for (const [node, thread, kind, bytes, untouched] of profile.parts || []) {
      const at = described[node];
      if (!at) continue;
      at.untouched += untouched;
      (at.parts ??= []).push({ thread, kind, bytes, untouched });
    }
  }

  fil.read = function (profile) {
    const diff = profile.kind === "diff", nodes = describe(profile, diff);
    takeParts(nodes, profile);
    const sum = (field) => nodes.reduce((all, node) => all + node[field], 0);
    const held = sum("own"), oldHeld = sum("old");
    fil.profile = profile;
    fil.diff = diff;
    fil.nodes = nodes;
    fil.held = held;
    fil.peak = Math.max((diff && profile.new && profile.new.peak_bytes) || profile.peak_bytes || 0, held);
    fil.oldPeak = diff ? Math.max((profile.old && profile.old.peak_bytes) || 0, oldHeld) : 0;
    fil.oldHeld = oldHeld;
    fil.names = { thread: profile.threads || ["MainThread"], kind: profile.kinds || ["heap", "anonymous mapping", "shared memory", "written pages of files"] };
  };

  // ---- trees

  function sprout(from, parent) {
    const made = { ...from, parent, children: [], index: new Map(), split: null };
    for (const field of SELF) made[field] = 0;
    return made;
  }

  function child(tree, parent, from) {
    let here = parent.index.get(from.key);
    if (!here) {
      here = sprout(from, parent);
      parent.index.set(from.key, here);
      parent.children.push(here);
      tree.list.push(here);
    }
    return here;
  }

  function give(to, from) {
    for (const field of SELF) to[field] += from[field];
    for (const part of from.parts || []) {
      (to.split ??= { thread: new Map(), kind: new Map() });
      for (const by of ["thread", "kind"]) if (part[by]) to.split[by].set(part[by], (to.split[by].get(part[by]) || 0) + part.bytes);
    }
  }

  function addSplit(into, from) {
    for (const by of ["thread", "kind"]) for (const [number, bytes] of from[by]) into[by].set(number, (into[by].get(number) || 0) + bytes);
  }

  // Totals, children after their parents in the list. `weight` is what a box is wide by: in a diff the larger of both, and never less
  // than the callees together.
  function finish(tree) {
    const { list } = tree;
    for (const node of list) {
      node.total = node.own + node.rest;
      node.oldTotal = node.old + node.oldRest;
      node.allUntouched = node.untouched;
      node.allSplit = node.split && { thread: new Map(node.split.thread), kind: new Map(node.split.kind) };
      node.weight = 0;
    }
    for (let i = list.length - 1; i >= 0; i--) {
      const node = list[i], up = node.parent;
      node.weight = Math.max(node.weight, node.total, node.oldTotal);
      node.index = null;
      node.children.sort((a, b) => b.weight - a.weight);
      if (!up) continue;
      up.total += node.total;
      up.oldTotal += node.oldTotal;
      up.allUntouched += node.allUntouched;
      up.weight += node.weight;
      if (node.allSplit) addSplit((up.allSplit ??= { thread: new Map(), kind: new Map() }), node.allSplit);
    }
    return tree.root;
  }

  function plant() {
    const root = sprout({ ...fil.nodes[0], name: "all", file: "", line: 0, source: "", kind: "root", key: "", same: "" }, null);
    return { root, list: [root] };
  }

  // Where a frame goes: a child of its caller, or into a frame that stands for it.
  function placeOf(tree, node, parent, options) {
    if (options.hideImports && node.imports) return parent;
    if (options.hideLibrary && node.kind !== "own" && (parent.kind === "lib" || parent.kind === "std")) return parent;
    if (options.mergeRecursion) {
      for (let up = parent; up; up = up.parent) if (up.same === node.same) return up;
    }
    return child(tree, parent, node);
  }

  function grow(tree, root, nodes, options) {
    const place = [root];
    give(root, nodes[0]);
    for (let i = 1; i < nodes.length; i++) {
      const node = nodes[i];
      if (node.empty) { place[i] = root; continue; }
      place[i] = placeOf(tree, node, place[node.above], options);
      give(place[i], node);
    }
  }

  // The nodes with only what belongs to each thread, or each kind of memory: [name, nodes], the largest first. What was too small to
  // be told goes where most of its subtree is.
  function groupsOf(by) {
    const sums = fil.nodes.map(() => new Map()), add = (map, group, bytes) => map.set(group, (map.get(group) || 0) + bytes);
    for (const node of fil.nodes) {
      let left = node.own;
      for (const part of node.parts || []) {
        if (!part[by]) continue;
        add(sums[node.i], part[by], part.bytes);
        left -= part.bytes;
      }
      if (left) add(sums[node.i], 0, left);
    }
    const below = sums.map((map) => new Map(map));
    for (let i = fil.nodes.length - 1; i > 0; i--) for (const [group, bytes] of below[i]) add(below[fil.nodes[i].above], group, bytes);
    const most = below.map((map) => [...map].reduce((a, b) => (b[1] > a[1] ? b : a), [0, -Infinity])[0]);
    below.forEach((map, i) => { // nothing but what was too small: as its caller
      if (i && !map.size) { most[i] = most[fil.nodes[i].above]; map.set(most[i], 0); }
    });
    const numbers = [...below[0]].sort((a, b) => b[1] - a[1]).map(([group]) => group).slice(0, 40);
    return numbers.map((group) => [fil.names[by][group] || "?", fil.nodes.map((node, i) => partOf(node, by, group, sums[i].get(group) || 0, most[i] === group, below[i].has(group)))]);
  }

  function partOf(node, by, group, own, isMost, isThere) {
    const parts = (node.parts || []).filter((part) => part[by] === group);
    const untouched = parts.reduce((sum, part) => sum + part.untouched, 0);
    return { ...node, own, untouched, parts, rest: isMost ? node.rest : 0, allocations: isMost ? node.allocations : 0, empty: !isThere };
  }

  fil.build = function (options) {
    const tree = plant();
    if (!options.split) grow(tree, tree.root, fil.nodes, options);
    else {
      for (const [name, nodes] of groupsOf(options.split)) {
        const group = child(tree, tree.root, { ...tree.root, name, kind: "group", key: "group\n" + name });
        grow(tree, group, nodes, options);
      }
    }
    finish(tree);
    return options.inverted ? invert(tree) : whole(tree.root);
  };

  // The picture is of the whole peak, also where stacks were left out.
  function whole(root) {
    root.total = Math.max(root.total, fil.peak);
    root.oldTotal = Math.max(root.oldTotal, fil.oldPeak);
    root.weight = Math.max(root.weight, root.total, root.oldTotal);
    return root;
  }

  // From the allocation outwards: the frames that hold something themselves come first, their callers below them.
  function invert(tree) {
    const turned = plant(), groups = new Map([[tree.root, turned.root]]);
    for (const node of tree.list) {
      if (node.kind === "group") groups.set(node, child(turned, turned.root, node));
      if (groups.has(node) || !(node.own || node.old)) continue;
      let at = null, top = node;
      while (!groups.has(top)) top = top.parent;
      at = groups.get(top);
      for (let up = node; up !== top; up = up.parent) at = child(turned, at, up);
      for (const field of ["own", "old", "untouched", "allocations"]) at[field] += node[field];
      if (node.split) addSplit((at.split ??= { thread: new Map(), kind: new Map() }), node.split);
    }
    finish(turned);
    return whole(turned.root);
  }
})((globalThis.fil ??= {}));
