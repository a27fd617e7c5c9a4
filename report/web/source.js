// The user's own files as a heat view: their lines as far as the profile knows them, the warmer the
// more goes through a line, folded where nothing is held.
(function (fil) {
  "use strict";
  const { byId, element, mebibytes } = fil;
  let files = new Map();
  const choice = () => byId("file");

  const NOTHING = { words: "", own: 0, old: 0, through: 0, oldThrough: 0 };
  const lineAt = (line, text) => ({ line: +line, text, ...NOTHING });

  // Where several functions stand on one line, the largest says what goes through it.
  function take(lines, row) {
    const { line, source } = row.frame;
    if (!lines.has(line)) lines.set(line, lineAt(line, source));
    const at = lines.get(line);
    at.words = row.words;
    for (const field of ["own", "old"]) at[field] += row[field];
    for (const field of ["through", "oldThrough"]) at[field] = Math.max(at[field], row[field]);
  }

  function gather() {
    const sources = fil.profile.sources || {}, found = new Map();
    files = new Map();
    for (const row of fil.rowsBy("line")) {
      const file = fil.fileOf(row.number);
      if (fil.codeOfFunction(row.number) !== "own" || !sources[file]) continue;
      if (!found.has(file)) found.set(file, new Map());
      take(found.get(file), row);
    }
    for (const [file, lines] of found) {
      const texts = sources[file];
      for (const line of Object.keys(texts)) {
        if (!lines.has(+line)) lines.set(+line, lineAt(line, texts[line]));
      }
      const all = [...lines.values()].sort((a, b) => a.line - b.line);
      if (all.some((line) => line.text)) files.set(file, all);
    }
  }

  fil.hasSource = (file) => files.has(file);

  function figures(line) {
    const sign = (by) => (by ? fil.signed(by) : "");
    if (fil.diff) return [sign(line.own - line.old), sign(line.through - line.oldThrough)];
    return [line.own ? mebibytes(line.own) : "", line.through ? mebibytes(line.through) : ""];
  }

  function sized(bytes, text) {
    const made = element("td", "", text);
    if (bytes) made.title = fil.exact(bytes);
    return made;
  }

  function rowOf(line) {
    const [own, through] = figures(line), find = (event) => fil.find(line.words, event.currentTarget);
    const text = line.words ? fil.button(line.text || " ", "pick code", find) : element("code", "", line.text);
    const number = element("th", "", String(line.line));
    number.scope = "row";
    const cells = [sized(line.own, own), sized(line.through, through), number, element("td", "", text)];
    const made = element("tr", "", ...cells), share = Math.max(0, line.through) / (fil.peak || 1);
    if (!fil.diff) made.style.setProperty("--heat", `${Math.round(55 * Math.sqrt(Math.min(1, share)))}%`);
    made.id = `line-${line.line}`;
    return made;
  }

  function gap(from, to) {
    const words = `⋯ ${fil.many(to - from - 1, "line")}`;
    return element("tr", "gap", ...["", "", "", words].map((text) => element("td", "", text)));
  }

  function show() {
    const rows = [];
    let last = 0;
    for (const line of files.get(choice().value) || []) {
      if (line.line > last + 1) rows.push(gap(last, line.line));
      rows.push(rowOf(line));
      last = line.line;
    }
    byId("source").tBodies[0].replaceChildren(...rows);
  }

  // Shows this line, where its file is known, and returns its row.
  fil.showLine = function (file, line) {
    if (!files.has(file)) return null;
    choice().value = file;
    show();
    const row = byId(`line-${line}`);
    if (row) row.classList.add("here");
    return row;
  };

  fil.showSource = function (file, line) {
    const row = fil.showLine(file, line);
    fil.open("source-section", row && row.querySelector("button"));
  };

  fil.showSources = function () {
    const before = choice().value;
    gather();
    const held = files.size > 1 ? fil.heldByFiles(files) : new Map();
    const size = (file) => held.get(file) || 0;
    const order = [...files.keys()].sort((a, b) => size(b) - size(a));
    byId("source-section").hidden = !order.length;
    choice().replaceChildren(...order.map((file) => new Option(file, file)));
    if (files.has(before)) choice().value = before;
    show();
  };

  fil.startSource = function () {
    choice().addEventListener("change", show);
    fil.showSources();
  };
})((globalThis.fil ??= {}));
