// The boxes of the graph: what is written on one, and how it is painted.
(function (fil) {
  "use strict";
  const { element } = fil;
  const TEXT_FROM = 28, CHARACTER = 6.6;
  fil.ROW = 36;
  fil.LOW = 22;

  const change = (node) => node.total - node.oldTotal;
  const untouchedOf = (node) => fil.neverUsed(node.total, node.allUntouched);

  fil.sizeOf = function (node) {
    const { total, oldTotal } = node;
    if (!fil.diff) return `${fil.mebibytes(total)} · ${fil.percent(total, fil.peak)}`;
    return `${fil.signed(change(node))} · ${fil.mebibytes(oldTotal)} → ${fil.mebibytes(total)}`;
  };

  // A module is called by its file: there are many of them, and all would read <module>.
  const isModule = (node) => node.name === "<module>" && node.line > 0;
  const fileLine = (node) => `${node.file}:${node.line}`;
  fil.titleOf = (node) => (isModule(node) ? `${fil.short(node.file)}:${node.line}` : node.name);
  fil.placeOf = (node) => (node.line && !isModule(node) ? `${fil.short(node.file)}:${node.line}`
    : "");
  fil.longName = function (node) {
    if (isModule(node)) return fileLine(node);
    return node.line ? `${node.name} ${fileLine(node)}` : node.name;
  };

  // What a click opens: a call into a library, an import.
  fil.folds = (node) => node.hidden > 0 && node.kind !== "own" && node.kind !== "root";
  const inside = (node) => (fil.folds(node) ? `${fil.many(node.hidden, "frame")} inside` : "");

  function labelOf(node) {
    const size = fil.sizeOf(node).replace(" · ", ", ").replace("→", "to");
    return [fil.longName(node), size, untouchedOf(node), inside(node)].filter(Boolean).join(", ");
  }

  fil.tipOf = (node) => [node.name, node.line ? fileLine(node) : "", fil.sizeOf(node),
    fil.exact(node.total), untouchedOf(node), inside(node), node.source].filter(Boolean).join("\n");

  function write(box, node, pixels, low) {
    const size = fil.sizeOf(node), title = fil.titleOf(node), where = fil.placeOf(node);
    const more = fil.folds(node) ? `▸ ${fil.count(node.hidden)}` : "";
    let room = pixels - 10 - CHARACTER * (title.length + where.length + 2);
    box.append(element("b", "", title));
    if (where) box.append(element("i", "", `  ${where}`));
    const fits = [size, size.split(" · ")[0]].find((words) => room > CHARACTER * words.length);
    if (fits) box.append(element("i", "size", `  ${fits}`));
    room -= fits ? CHARACTER * (fits.length + 2) : pixels;
    if (more && room > CHARACTER * more.length) box.append(element("i", "fold", `  ${more}`));
    if (!low && node.source) box.append(element("code", "", node.source));
  }

  // By whose code it is; in a difference by how it changed.
  function paint(box, node) {
    const { kind } = node;
    if (!fil.diff || kind === "root" || kind === "rest") {
      box.classList.add(node.imports ? "import" : kind);
      return "";
    }
    const by = change(node), most = Math.max(fil.peak, fil.oldPeak) || 1;
    box.classList.add(by > 0 ? "grew" : by < 0 ? "shrank" : "same");
    return `;--strength:${Math.min(1, Math.sqrt(Math.abs(by) / most) * 1.5).toFixed(3)}`;
  }

  fil.makeBox = function (node, left, share, top, pixels, low) {
    const box = element("div", "frame"), height = low ? fil.LOW : fil.ROW;
    box.setAttribute("role", fil.opens(node) ? "button" : "img");
    box.setAttribute("aria-label", labelOf(node));
    box.dataset.bytes = node.total;
    if (fil.diff) box.dataset.old = node.oldTotal;
    box.tabIndex = -1;
    const across = `left:${left * 100}%;width:${share * 100}%`;
    box.style.cssText = `${across};top:${top}px;height:${height}px${paint(box, node)}`;
    if (fil.isFound(node)) box.classList.add("found");
    if (pixels > TEXT_FROM) write(box, node, pixels, low);
    else box.classList.add("narrow");
    return box;
  };
})((globalThis.fil ??= {}));
