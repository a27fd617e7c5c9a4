// The user's own files: their lines as far as the profile knows them, with what each holds beside it.
(function (fil) {
  "use strict";
  const { byId, element, mebibytes } = fil;
  const files = new Map();
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
    if (fil.diff) return [line.own - line.old ? fil.signed(line.own - line.old) : "", line.through - line.oldThrough ? fil.signed(line.through - line.oldThrough) : ""];
    return [line.own ? mebibytes(line.own) : "", line.through ? mebibytes(line.through) : ""];
  }

  function sized(className, bytes, ...contents) {
    const made = element("td", className, ...contents);
    if (bytes) made.title = fil.exact(bytes);
    return made;
  }

  function rowOf(line) {
    const [own, through] = figures(line), bar = element("span", "bar");
    bar.style.width = fil.diff ? 0 : Math.min(100, (100 * Math.max(0, line.through)) / (fil.peak || 1)) + "%";
    const text = line.words ? fil.button(line.text || " ", "pick code", (event) => fil.find(line.words, event.currentTarget)) : element("code", "", line.text);
    const number = element("th", "", String(line.line));
    number.scope = "row";
    const share = sized("share", line.through, element("span", "", through), bar);
    const made = element("tr", "", sized("", line.own, own), share, number, element("td", "", text));
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
    const held = files.size > 1 ? fil.heldByFiles(files) : new Map();
    const size = (file) => held.get(file) || 0;
    const order = [...files.keys()].sort((a, b) => size(b) - size(a));
    byId("source-section").hidden = !order.length;
    choice().append(...order.map((file) => new Option(file, file)));
    choice().addEventListener("change", show);
    show();
  };
})((globalThis.fil ??= {}));
