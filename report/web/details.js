// What is known of one frame, below the graph, with what can be done with it.
(function (fil) {
  "use strict";
  const { byId, element, mebibytes } = fil;
  const HINT = "Click or Enter zooms, Escape goes back, arrow keys move, C copies the stack.";
  const SMALL = "Each of them is too small to be drawn.";
  const INSIDE = "Click or Enter shows what it does inside.";
  const LARGER = "Click or Enter draws them larger.";
  const isTurned = () => fil.state.turn === "allocators";
  let shown = null;

  // The frames from the program to this one, whichever way the graph is turned.
  function stackOf(node) {
    const frames = [];
    for (let at = node; at; at = at.parent) {
      if (at.line) frames.push(`${at.file}:${at.line} (${at.name})`);
      else if (at.imports) frames.push(at.name);
    }
    return isTurned() ? frames : frames.reverse();
  }

  fil.copyStack = (node) => fil.copy([...stackOf(node), fil.sizeOf(node)].join("\n"), "Stack");

  function figures(node) {
    const { own, allocations, total } = node, isFrame = node.line > 0 || node.imports;
    if (fil.diff) return `${fil.sizeOf(node)} (${fil.exact(node.oldTotal)} → ${fil.exact(total)})`;
    const words = [fil.exact(total), mebibytes(total), fil.percent(total, fil.peak)];
    if (isFrame && own && !isTurned()) words.push(`itself ${mebibytes(own)}`);
    if (isFrame && allocations) words.push(fil.many(allocations, "allocation") + " here");
    return words.join(", ");
  }

  // Of which kinds and threads it is, where that isn't heap of the main thread.
  function partsOf(node) {
    const parts = fil.partsOf(node);
    const name = (by, number) => fil.names[by][number] || "?";
    const named = (by) => [...parts[by]].map(([number, bytes]) => [name(by, number), bytes]);
    const all = [...named("kind"), ...named("thread")].sort((a, b) => b[1] - a[1]);
    return all.slice(0, 6).map(([name, bytes]) => `${name} ${mebibytes(bytes)}`).join(", ");
  }

  function actions(node) {
    const made = [fil.button("Copy stack", "small", () => fil.copyStack(node))];
    if (node.line) {
      made.push(fil.button("Copy path", "small",
        () => fil.copy(`${node.file}:${node.line}`, "Path")));
      made.push(fil.button("In the table", "small",
        () => fil.filterLines(`${node.file}:${node.line}`)));
      if (fil.hasSource(node.file))
        made.push(fil.button("In the source", "small", () => fil.showSource(node.file, node.line)));
    }
    return element("span", "actions", ...made);
  }

  fil.showDetails = function (node) {
    if (!node || (node === shown && byId("details").children.length)) return;
    shown = node;
    const where = node.line ? `  ${node.file}:${node.line}  ` : "  ", parts = partsOf(node);
    const first = element("p", "", element("b", "", node.name), element("span", "", where),
      element("span", "figures", figures(node)));
    if (parts) first.append(element("span", "", `; of it ${parts}`));
    const untouched = fil.neverUsed(node.total, node.allUntouched);
    if (untouched) first.append(element("span", "mark", `; ${untouched}`));
    const isRoot = node.kind === "root", known = isRoot ? fil.stackless() : node.source;
    const rest = node.kind !== "rest" ? "" : fil.opens(node) ? LARGER : SMALL;
    const hint = isRoot ? HINT : fil.folds(node) ? INSIDE : rest;
    const second = element("p", "", known ? element("code", "", known) : hint);
    byId("details").replaceChildren(first, second, actions(node));
  };
})((globalThis.fil ??= {}));
