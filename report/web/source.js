// The user's own files: their lines as far as the profile knows them, with what each holds beside it.
(function (fil) {
  "use strict";
  const { byId, element, mebibytes } = fil;
  const files = new Map(); // file => its lines {line, text, own, old, through}, in order
  const choice = () => byId("file");

  function gather() {
    const sources = fil.profile.sources || {};
    for (const file of new Set(fil.nodes.filter((node) => node.i && node.kind === "own").map((node) => node.file))) {
      const texts = sources[file] || {}, lines = new Map();
      for (const row of fil.linesOf(file)) {
        const line = lines.get(row.node.line) || { line: row.node.line, text: row.node.source, words: row.words, own: 0, old: 0, through: 0, oldThrough: 0 };
        for (const field of ["own", "old"]) line[field] += row[field];
        for (const field of ["through", "oldThrough"]) line[field] = Math.max(line[field], row[field]);
        lines.set(line.line, line);
      }
      for (const line of Object.keys(texts)) {
        if (!lines.has(+line)) lines.set(+line, { line: +line, text: texts[line], words: "", own: 0, old: 0, through: 0, oldThrough: 0 });
      }
      if ([...lines.values()].some((line) => line.text)) files.set(file, [...lines.values()].sort((a, b) => a.line - b.line));
    }
  }

  fil.hasSource = (file) => files.has(file);

  function figures(line) {
    if (fil.diff) return [line.own - line.old ? fil.signed(line.own - line.old) : "", line.through - line.oldThrough ? fil.signed(line.through - line.oldThrough) : ""];
    return [line.own ? mebibytes(line.own) : "", line.through ? mebibytes(line.through) : ""];
  }

  function rowOf(line) {
    const [own, through] = figures(line), bar = element("span", "bar");
    bar.style.width = fil.diff ? 0 : Math.min(100, (100 * Math.max(0, line.through)) / (fil.peak || 1)) + "%";
    const text = line.words ? fil.button(line.text || " ", "pick code", (event) => fil.find(line.words, event.currentTarget)) : element("code", "", line.text);
    const number = element("th", "", String(line.line));
    number.scope = "row";
    const made = element("tr", "", element("td", "", own), element("td", "share", element("span", "", through), bar), number, element("td", "", text));
    made.id = `line-${line.line}`;
    return made;
  }

  function show() {
    const rows = [];
    let last = 0;
    for (const line of files.get(choice().value) || []) {
      if (last && line.line > last + 1) rows.push(element("tr", "gap", ...["", "", "", "⋯"].map((text) => element("td", "", text))));
      rows.push(rowOf(line));
      last = line.line;
    }
    byId("source").tBodies[0].replaceChildren(...rows);
  }

  fil.showSource = function (file, line) {
    choice().value = file;
    show();
    const row = byId(`line-${line}`);
    if (row) row.classList.add("here");
    fil.open("source-section", row && row.querySelector("button"));
  };

  fil.startSource = function () {
    gather();
    const order = [...files.keys()].sort((a, b) => fil.heldBy(b) - fil.heldBy(a));
    byId("source-section").hidden = !order.length;
    choice().append(...order.map((file) => new Option(file, file)));
    choice().addEventListener("change", show);
    show();
  };
})((globalThis.fil ??= {}));
