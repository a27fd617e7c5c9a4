// The trees that can be drawn: folded, with recursion merged, split, turned around.
(function (fil) {
  "use strict";
  const { OWN, UNTOUCHED, FIGURES } = fil, MANY = 2 ** 26, MOST_GROUPS = 40;

  // ---- what stands for what

  // Of each node the one that it is drawn as: of a library the call into it, of an import the
  // import; where only own code is wanted, the own line. What is below a frame that was opened is
  // drawn until own code comes.
  function standsIn(tree, { detail, opened }) {
    const { parent, frame } = tree, count = parent.length, stands = new Int32Array(count);
    const open = new Uint8Array(count), isMine = detail === "mine";
    let folds = false;
    if (detail === "all") return null;
    for (let i = 1; i < count; i++) {
      const up = stands[parent[i]], above = frame[up], code = fil.codeOf(frame[i]);
      const isLibrary = up > 0 && fil.codeOf(above) !== "own";
      const isOpen = isLibrary && (open[up] || opened.has(above));
      const inImport = up > 0 && fil.isImport(above), isOwn = code === "own";
      const isMines = isMine && up > 0 && !fil.isImport(frame[i]);
      const inLibrary = !isOwn && (isLibrary || isMines);
      const hides = (inImport || inLibrary) && !isOpen;
      stands[i] = hides ? up : i;
      open[i] = isOpen && !isOwn ? 1 : 0;
      folds ||= hides;
    }
    return folds ? stands : null;
  }

  // ---- trees of their own: recursion merged; in a difference, where each box has its own size

  function sprout(tree, parent, frame) {
    tree.parent.push(parent);
    tree.frame.push(frame);
    for (let k = 0; k < FIGURES; k++) tree.sums[k].push(0);
    return tree.parent.length - 1;
  }

  function child(tree, known, parent, frame) {
    const key = parent * MANY + frame;
    let here = known.get(key);
    if (here === undefined) known.set(key, (here = sprout(tree, parent, frame)));
    return here;
  }

  // The caller that is of the same function: 0 where there is none.
  function sameAbove(tree, frame, parent) {
    for (let at = parent; at; at = tree.parent[at]) {
      if (fil.functionOf(tree.frame[at]) === fil.functionOf(frame)) return at;
    }
    return 0;
  }

  function grown(base, stands, merges) {
    const { parent, frame, sums } = base, count = parent.length, newNode = new Int32Array(count);
    const tree = { parent: [0], frame: [0], sums: Array.from({ length: FIGURES }, () => [0]) };
    const known = new Map(), hides = [];
    for (let i = 0; i < count; i++) {
      const up = newNode[parent[i]], isHidden = stands && stands[i] !== i;
      if (isHidden) newNode[i] = newNode[stands[i]];
      else if (i) {
        const same = merges && sameAbove(tree, frame[i], up);
        newNode[i] = same || child(tree, known, up, frame[i]);
      }
      if (isHidden) hides[newNode[i]] = (hides[newNode[i]] || 0) + 1;
      for (let k = 0; k < FIGURES; k++) tree.sums[k][newNode[i]] += sums[k][i];
    }
    tree.parts = base.parts.map(([node, ...rest]) => [newNode[node], ...rest]);
    tree.partsAt = null;
    tree.hidden = Int32Array.from(tree.parent, (_, i) => hides[i] || 0);
    return fil.finish(tree);
  }

  // ---- split by thread, or by kind of memory

  const numberOf = (part, by) => (by === "thread" ? part[1] : part[2]);

  // What each node holds of one thread, or of one kind, by itself and with all below it.
  function holdings(tree, by, group) {
    const { parent, sums, parts } = tree;
    const own = group ? new Float64Array(parent.length) : Float64Array.from(sums[OWN]);
    for (const part of parts) {
      const is = numberOf(part, by) === group;
      if (is && group) own[part[0]] += part[3];
      if (!is && !group) own[part[0]] -= part[3];
    }
    const below = own.slice();
    for (let i = parent.length - 1; i > 0; i--) below[parent[i]] += below[i];
    return { group, own, below };
  }

  // Of each node, the thread or kind that holds the most: what can't be told apart goes there.
  function largestOf({ parent }, groups) {
    const most = new Int32Array(parent.length), best = new Float64Array(parent.length);
    for (const { group, below } of groups) {
      for (let i = 0; i < most.length; i++) {
        if (below[i] > best[i]) [best[i], most[i]] = [below[i], group];
      }
    }
    for (let i = 1; i < parent.length; i++) if (!best[i]) most[i] = most[parent[i]];
    return most;
  }

  function treeOf(tree, by, most, { group, own }) {
    const kept = (figure, i) => (most[i] === group ? figure : 0);
    const sums = tree.sums.map((all) => Float64Array.from(all, kept));
    sums[OWN] = own;
    sums[UNTOUCHED].fill(0);
    for (const part of tree.parts) {
      if (numberOf(part, by) === group) sums[UNTOUCHED][part[0]] += part[4];
    }
    const { parent, frame, parts } = tree;
    return fil.finish({ parent, frame, sums, parts, partsAt: null });
  }

  function split(root, by, turn) {
    const { tree, stands, closes } = root.view, used = new Set([0]);
    for (const part of tree.parts) used.add(numberOf(part, by));
    const all = [...used].map((group) => holdings(tree, by, group));
    const groups = all.filter(({ below }) => below[0]);
    groups.sort((a, b) => b.below[0] - a.below[0]).splice(MOST_GROUPS);
    const most = largestOf(tree, groups);
    root.below = groups.map(function (one) {
      const view = { tree: treeOf(tree, by, most, one), stands, closes,
        part: { by, group: one.group } };
      return turn(fil.rootOf(view, root, fil.mark(fil.names[by][one.group] || "?", "group")));
    }).sort((a, b) => b.weight - a.weight);
    return fil.weigh(root, 0);
  }

  // The root of the tree that is drawn; its view's tree is what is searched.
  fil.build = function (options) {
    const all = fil.frame(0);
    if (options.inverted && fil.cut) {
      const given = fil.readTree(fil.shown.inverted || [[0, 0, 0, 0, 0]], null, []);
      return fil.rootOf({ tree: fil.fill(given, fil.peak), stands: null }, null, all);
    }
    const turn = (root) => (options.inverted ? fil.turned(root) : root);
    let tree = fil.base, stands = standsIn(tree, options);
    if (options.merges || (fil.diff && stands)) {
      tree = grown(tree, stands, options.merges);
      stands = null;
    }
    const closes = options.detail !== "all" && !options.opened.size;
    const root = fil.rootOf({ tree, stands, closes }, null, all);
    return options.split ? split(root, options.split, turn) : turn(root);
  };
})((globalThis.fil ??= {}));
