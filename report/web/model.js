// The profile, read once, and its tree: arrays that go together, by node, parents first: `parent`,
// `frame`, and in `sums` seven figures of each node. There is no object of a node here.
(function (fil) {
  "use strict";
  const OWN = 0, REST = 1, OLD = 2, OLD_REST = 3, UNTOUCHED = 4, ALLOCATIONS = 5, LEFT_OUT = 6;
  const FIGURES = 7;
  const HELD = ["heap", "anonymous mapping", "shared memory", "written pages of files"];
  Object.assign(fil, { OWN, REST, OLD, OLD_REST, UNTOUCHED, ALLOCATIONS, LEFT_OUT, FIGURES });

  fil.figures = (count) => Array.from({ length: FIGURES }, () => new Float64Array(count));

  // Totals, and each node's first child and next sibling. `weight` is what a box is wide by: in a
  // difference the larger of both, and never less than the callees together.
  fil.finish = function (tree) {
    const { parent, sums } = tree, count = parent.length;
    const [own, rest, old, oldRest, untouched] = sums;
    const total = own.slice(), oldTotal = old.slice(), allUntouched = untouched.slice();
    const weight = new Float64Array(count);
    const first = new Int32Array(count), next = new Int32Array(count);
    for (let i = count - 1; i >= 0; i--) {
      total[i] += rest[i];
      oldTotal[i] += oldRest[i];
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
  };

  // What a node's total has and the nodes below it haven't was left out: it is added to `rest`.
  function rests(tree, totalOf, own, rest) {
    const known = tree.sums[own].slice(), left = tree.sums[rest], { parent } = tree;
    for (let i = parent.length - 1; i >= 0; i--) {
      const given = totalOf(i), total = given === undefined ? known[i] : given;
      left[i] += Math.max(0, total - known[i]);
      if (i) known[parent[i]] += Math.max(total, known[i]);
    }
    return Math.max(known[0], totalOf(0) || 0);
  }

  // `changed`: nodes that hold something else at the end than at the peak, [node, self, total,
  // untouched]. A cut tree's figures are what is in use, and what of a node was never touched
  // stands beside its total; else `parts` say it.
  fil.readTree = function (nodes, changed, parts) {
    const count = nodes.length, parent = new Int32Array(count), frame = new Int32Array(count);
    const sums = fil.figures(count), [own, , old, , , allocations, leftOut] = sums;
    for (let i = 0; i < count; i++) {
      const node = nodes[i];
      parent[i] = node[0] < i ? node[0] : 0;
      frame[i] = i ? fil.frameNumber(node[1], node[2]) : 0;
      own[i] = node[3];
      allocations[i] = node[4] || 0;
      if (node.length < 7) continue;
      leftOut[i] = node[6];
      old[i] = (fil.diff && node[7]) || 0;
    }
    const tree = { parent, frame, sums, parts: [], partsAt: null }, then = new Map();
    for (const [node, self, ...rest] of changed || []) {
      if (!(node < count)) continue;
      own[node] = self;
      if (rest.length) then.set(node, rest);
    }
    readParts(tree, parts);
    const given = (at) => (i) => (then.has(i) ? then.get(i)[at] : (nodes[i] || [])[5 + 2 * at]);
    tree.held = rests(tree, given(0), OWN, REST);
    tree.oldHeld = rests(tree, (i) => (nodes[i] || [])[8], OLD, OLD_REST);
    if (!fil.diff) rests(tree, given(1), UNTOUCHED, UNTOUCHED);
    return tree;
  };

  // What people are told of what was asked for: what was never touched took no memory, and isn't in
  // use. Where memory ran out, all that was asked for counts. A difference has such figures.
  const isInUse = () => !fil.diff && fil.profile.kind !== "out-of-memory";
  fil.inUse = (asked, untouched) => (isInUse() ? asked - untouched : asked);

  // Beside figures: how much more was never used, where that is more than a tenth.
  fil.neverUsed = function (shown, untouched) {
    const asked = isInUse() ? shown + untouched : shown, of = isInUse() ? "more" : "of it";
    return untouched * 10 > asked ? `${fil.mebibytes(untouched)} ${of} never used` : "";
  };

  // `parts` names what isn't touched heap of the main thread.
  function readParts(tree, parts) {
    const own = tree.sums[OWN], untouched = tree.sums[UNTOUCHED];
    tree.parts = parts.filter(([node]) => node < tree.parent.length).map(function (part) {
      const [node, thread, kind, asked, never] = part, bytes = fil.inUse(asked, never);
      if (!fil.cut) own[node] -= asked - bytes;
      untouched[node] += never;
      return [node, thread, kind, bytes, never];
    });
  }

  // The parts of a node: gathered by node when the first is asked for.
  fil.partsAt = function (tree, node) {
    if (!tree.partsAt) {
      tree.partsAt = new Map();
      for (const part of tree.parts) {
        const there = tree.partsAt.get(part[0]);
        if (there) there.push(part);
        else tree.partsAt.set(part[0], [part]);
      }
    }
    return tree.partsAt.get(node) || [];
  };

  // The picture is of the whole peak, also where that isn't all in known stacks.
  fil.fill = function (tree, whole) {
    tree.sums[REST][0] += Math.max(0, whole - tree.held);
    tree.sums[OLD_REST][0] += Math.max(0, fil.oldPeak - tree.oldHeld);
    return fil.finish(tree);
  };

  const neverOf = ({ answers = {} }) => ((answers.kind || {}).rows || [])
    .reduce((sum, row) => sum + row[5], 0);

  fil.hasEnd = () => Boolean(fil.profile.end) && !fil.diff;

  fil.endInUse = function () {
    const { end } = fil.profile;
    return fil.inUse(end.bytes || 0, neverOf(end));
  };

  // What is shown: the peak, or the end. All figures of the graph, the answers and the headline
  // are of that moment, and `peak` is the whole of it.
  fil.choose = function (moment) {
    const { profile } = fil, peakOf = (one) => (one && one.peak_bytes) || 0;
    fil.atEnd = moment === "end" && fil.hasEnd();
    fil.shown = fil.atEnd ? profile.end : profile;
    const nodes = profile.nodes || [[0, 0, 0, 0, 0]];
    const tree = fil.readTree(nodes, fil.atEnd && fil.shown.nodes, fil.shown.parts || []);
    const untouched = neverOf(fil.shown);
    const given = fil.atEnd ? fil.shown.bytes
      : (fil.diff && peakOf(profile.new)) || peakOf(profile);
    fil.peak = Math.max(fil.inUse(given || 0, untouched), tree.held);
    fil.untouched = untouched;
    fil.oldPeak = fil.diff ? Math.max(peakOf(profile.old), tree.oldHeld) : 0;
    fil.base = fil.fill(tree, fil.peak);
    fil.forgetAnswers();
  };

  fil.read = function (profile) {
    fil.profile = profile;
    fil.diff = profile.kind === "diff";
    fil.cut = Boolean(profile.cut);
    fil.readFrames(profile);
    fil.names = { thread: profile.threads || ["MainThread"], kind: profile.kinds || HELD };
    fil.choose(fil.state.moment);
  };

  // The frames that lead to a node, outermost first.
  fil.stackOf = function (node) {
    const frames = [], { parent, frame } = fil.base;
    for (let at = node; at && frame[at]; at = parent[at]) frames.unshift(fil.frame(frame[at]));
    return frames;
  };

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
})((globalThis.fil ??= {}));
