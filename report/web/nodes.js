// Nodes that are looked at. A *view* is a tree with what stands for what in it: `stands` says of
// each node which one it is drawn as, null where each is drawn as itself. What is below a node is
// gathered when it is asked for, so a view costs nothing but what is seen of it.
(function (fil) {
  "use strict";
  const { OWN, REST, OLD, OLD_REST, UNTOUCHED, ALLOCATIONS, LEFT_OUT } = fil;

  class Node {
    constructor(view, parent, of) {
      this.view = view;
      this.parent = parent;
      this.of = of;
      this.total = this.oldTotal = this.allUntouched = this.weight = 0;
    }
    get children() {
      return (this.below ??= this.expand().sort((a, b) => b.weight - a.weight));
    }
  }
  for (const name of ["id", "name", "kind", "file", "line", "source", "package", "imports"]) {
    Object.defineProperty(Node.prototype, name, { get() { return this.of[name]; } });
  }
  // What it holds by itself: its own bytes, and those of the nodes that it stands for.
  for (const name of ["own", "rest", "oldRest", "leftOut", "allocations", "hidden"]) {
    Object.defineProperty(Node.prototype, name, { get() { return this.figures()[name]; } });
  }

  const nothing = () => ({ own: 0, rest: 0, oldRest: 0, leftOut: 0, allocations: 0,
    hidden: 0 });
  const group = (groups, key, at) => {
    const there = groups.get(key);
    if (there) there.push(at);
    else groups.set(key, [at]);
  };

  // From the program on: `ats` are nodes of the tree of which none is below another.
  class Called extends Node {
    constructor(view, parent, of, ats) {
      super(view, parent, of);
      const { total, oldTotal, allUntouched, weight } = view.tree;
      this.ats = ats;
      for (const at of ats) {
        this.total += total[at];
        this.oldTotal += oldTotal[at];
        this.allUntouched += allUntouched[at];
        this.weight += weight[at];
      }
    }
    // Those that this one is drawn for, and with `begin` those that begin a box below it.
    each(take, begin) {
      const { tree: { first, next }, stands } = this.view, waiting = [...this.ats];
      while (waiting.length) {
        const at = waiting.pop();
        take(at);
        for (let below = first[at]; below; below = next[below]) {
          if (stands && stands[below] !== below) waiting.push(below);
          else begin(below);
        }
      }
    }
    figures() {
      return (this.known ??= this.count());
    }
    count() {
      const { sums, hidden } = this.view.tree, known = nothing();
      known.hidden = -this.ats.length;
      this.each(function (at) {
        known.hidden += 1 + (hidden ? hidden[at] : 0);
        known.own += sums[OWN][at];
        known.rest += sums[REST][at];
        known.oldRest += sums[OLD_REST][at];
        known.leftOut += sums[LEFT_OUT][at];
        known.allocations += sums[ALLOCATIONS][at];
      }, () => {});
      // Below a closed import nothing is drawn, also nothing of what was left out.
      if (this.view.closes && this.imports) known.rest = known.oldRest = known.leftOut = 0;
      return known;
    }
    expand() {
      const groups = new Map(), { frame, weight } = this.view.tree;
      this.each(() => {}, (at) => { if (weight[at] > 0) group(groups, frame[at], at); });
      return [...groups].map(([id, ats]) => new Called(this.view, this, fil.frame(id), ats));
    }
  }

  // From the allocation outwards: `owners` are nodes that hold something themselves, `ats` where
  // each of their stacks has come to.
  class Caller extends Node {
    constructor(view, parent, of, owners, ats) {
      super(view, parent, of);
      const { sums } = view.tree, known = nothing();
      this.owners = owners;
      this.ats = ats;
      this.known = known;
      for (const at of owners) {
        this.total += sums[OWN][at];
        this.oldTotal += sums[OLD][at];
        this.weight += Math.max(sums[OWN][at], sums[OLD][at]);
        this.allUntouched += sums[UNTOUCHED][at];
        known.allocations += sums[ALLOCATIONS][at];
      }
      if (parent.kind === "root" || parent.kind === "group") {
        known.hidden = owners.filter((at, k) => at !== ats[k]).length;
      }
    }
    figures() {
      return this.known;
    }
    expand() {
      const { tree, stands } = this.view, up = (at) => tree.parent[at];
      const ats = this.ats.map((at) => (stands ? stands[up(at)] : up(at)));
      return callers(this.view, this, this.owners, ats);
    }
  }

  function callers(view, parent, owners, ats) {
    const { frame } = view.tree, held = new Map(), come = new Map();
    ats.forEach(function (at, k) {
      if (!at) return;
      group(held, frame[at], owners[k]);
      group(come, frame[at], at);
    });
    return [...held].map(([id, own]) => new Caller(view, parent, fil.frame(id), own, come.get(id)));
  }

  fil.rootOf = (view, parent, of) => new Called(view, parent, of, [0]);

  // A root of turned stacks: all that they don't hold is in none.
  fil.turned = function (root) {
    const { view } = root, { tree, stands } = view, owners = [];
    for (let at = 1; at < tree.count; at++) {
      if (tree.sums[OWN][at] || tree.sums[OLD][at]) owners.push(at);
    }
    const ats = stands ? owners.map((at) => stands[at]) : owners;
    root.below = callers(view, root, owners, ats).sort((a, b) => b.weight - a.weight);
    return fil.weigh(root, tree.sums[OWN][0]);
  };

  fil.weigh = function (root, own) {
    const sum = (field) => root.children.reduce((all, one) => all + one[field], 0);
    const rest = Math.max(0, root.total - own - sum("total"));
    root.known = { ...nothing(), own, rest };
    root.weight = Math.max(root.weight, sum("weight") + rest);
    return root;
  };

  // What is too small to draw below a node, as one box: these children, and what was left out.
  fil.smaller = function (parent, children) {
    const sum = (field) => children.reduce((all, one) => all + one[field], 0);
    const { rest, oldRest, leftOut } = parent, count = children.length + leftOut;
    const name = count ? `${fil.count(count)} smaller` : "in no known stack";
    const made = new Node(parent.view, parent, fil.mark(name, "rest"));
    made.known = { ...nothing(), rest, oldRest, leftOut };
    made.figures = () => made.known;
    return Object.assign(made, { below: children, total: sum("total") + rest,
      oldTotal: sum("oldTotal") + oldRest, allUntouched: sum("allUntouched"),
      weight: sum("weight") + Math.max(rest, oldRest) });
  };

  // Of which kinds and threads a node is, with all below it: what isn't heap of the main thread.
  fil.partsOf = function (node) {
    const { tree, part: of } = node.view, sums = { thread: new Map(), kind: new Map() };
    const add = function (by, number, bytes) {
      if (number) sums[by].set(number, (sums[by].get(number) || 0) + bytes);
    };
    const take = (at) => fil.partsAt(tree, at).forEach(function ([, thread, kind, bytes]) {
      if (of && (of.by === "thread" ? thread : kind) !== of.group) return;
      add("thread", thread, bytes);
      add("kind", kind, bytes);
    });
    if (!tree.parts.length) return sums;
    const waiting = [...(node.owners || node.ats || [])];
    while (waiting.length) {
      const at = waiting.pop();
      take(at);
      const first = node.owners ? 0 : tree.first[at];
      for (let below = first; below; below = tree.next[below]) waiting.push(below);
    }
    return sums;
  };
})((globalThis.fil ??= {}));
