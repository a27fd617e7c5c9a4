// The user's own files as a heat view: whole where the profile has them, the warmer the more goes
// through a line, folded where nothing is held.
(function (fil) {
  "use strict";
  const { byId, element, mebibytes, visible } = fil;
  const NEAR = 3, FEWEST_FOLDED = 4;
  let files = new Map();
  // Code may go on in the next line behind these, too: else a long name below a deep indentation
  // leaves a line with nothing on it.
  const breakable = (text) => text.split(/(?<=[.,([{=])(?=[^\s.,([{=])/)
    .flatMap((part, i) => (i ? [document.createElement("wbr"), part] : [part]));
  const choice = () => byId("file");

  // A file may have any name, that of a method of all objects, too.
  function known(of, file) {
    const all = fil.profile[of] || {};
    return Object.hasOwn(all, file) ? all[file] : [];
  }

  const NOTHING = { words: "", own: 0, old: 0, through: 0, oldThrough: 0 };
  const lineAt = (line, text) => ({ line, text: visible(text), ...NOTHING });
  const sizeOf = (line) => Math.max(line.own, line.old, line.through, line.oldThrough);

  // Where several functions stand on one line, the largest says what goes through it. A line that
  // is in the older of two files only stands behind the one that has its number now.
  function take(lines, row) {
    const { line, source } = row.frame, there = lines.get(line);
    const text = there ? there.text.replace(/\t/g, " ").trim() : source;
    const isGone = !row.own && !row.through && !text.startsWith(source.trim());
    const number = isGone ? line + 0.5 : line;
    if (!lines.has(number)) lines.set(number, lineAt(number, source));
    const at = lines.get(number);
    at.words = row.words;
    for (const field of ["own", "old"]) at[field] += row[field];
    for (const field of ["through", "oldThrough"]) at[field] = Math.max(at[field], row[field]);
  }

  function gather() {
    files = new Map();
    for (const row of fil.rowsBy("line")) {
      const file = fil.fileOf(row.number);
      if (fil.codeOfFunction(row.number) !== "own"
        || !(row.frame.source || known("texts", file).length)) continue;
      if (files.has(file)) files.get(file).push(row);
      else files.set(file, [row]);
    }
  }

  fil.hasSource = (file) => files.has(file);

  function linesOf(file) {
    const lines = new Map();
    const add = (line, text) => lines.has(line) || lines.set(line, lineAt(line, text));
    for (const [first, text] of known("texts", file))
      text.split("\n").forEach((one, i) => add(first + i, one));
    for (const [line, text] of Object.entries(known("sources", file))) add(+line, text);
    for (const row of files.get(file) || []) take(lines, row);
    return [...lines.values()].sort((a, b) => a.line - b.line);
  }

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
    const [own, through] = figures(line);
    const find = (event) => fil.find(line.words, event.currentTarget);
    const text = line.words ? fil.button("", "pick code", find) : element("code", "");
    text.append(...breakable(line.text || " "));
    const number = element("th", "", Number.isInteger(line.line) ? String(line.line) : "−");
    number.scope = "row";
    const cells = [sized(line.own, own), sized(line.through, through), number,
      element("td", "", text)];
    const made = element("tr", "", ...cells), share = Math.max(0, line.through) / (fil.peak || 1);
    if (share && !fil.diff)
      made.style.setProperty("--heat", `${Math.round(8 + 50 * Math.sqrt(Math.min(1, share)))}%`);
    made.id = `line-${line.line}`;
    return made;
  }

  // `lines`: those that a click shows; none where the profile hasn't got them.
  function gap(count, lines) {
    const held = (lines || []).reduce((sum, line) => sum + line.own, 0);
    const words = `⋯ ${fil.many(count, "line")}` + (held ? `, ${mebibytes(held)}` : "");
    const made = element("tr", "gap", ...["", "", ""].map(() => element("td")));
    const unfold = fil.button(words, "pick", function () {
      const rows = lines.map(rowOf);
      made.replaceWith(...rows);
      rows[0].tabIndex = -1;
      rows[0].focus({ preventScroll: true });
    });
    made.append(element("td", "", lines ? unfold : words));
    return made;
  }

  // Hardly anything is nothing: each definition holds a few bytes. `wanted`: a line that is to be
  // seen, whatever it holds.
  function show(wanted) {
    const lines = linesOf(choice().value), near = new Uint8Array(lines.length), rows = [];
    const least = Math.min(fil.peak / 2000,
      lines.reduce((most, line) => Math.max(most, sizeOf(line)), 0));
    lines.forEach((line, i) => {
      if ((sizeOf(line) && sizeOf(line) >= least) || line.line === wanted)
        near.fill(1, Math.max(0, i - NEAR), i + NEAR + 1);
    });
    for (let i = 0, last = 0, end; i < lines.length; i = end) {
      const missing = Math.ceil(lines[i].line) - last - 1;
      if (missing > 0) rows.push(gap(missing));
      end = i + 1;
      while (end < lines.length && near[end] === near[i]
        && lines[end].line <= lines[end - 1].line + 1) end++;
      const run = lines.slice(i, end), isFolded = !near[i] && run.length >= FEWEST_FOLDED;
      rows.push(...(isFolded ? [gap(run.length, run)] : run.map(rowOf)));
      last = Math.floor(lines[end - 1].line);
    }
    byId("source").tBodies[0].replaceChildren(...rows);
  }

  // Shows this line, where its file is known, and returns its row.
  fil.showLine = function (file, line) {
    if (!files.has(file)) return null;
    choice().value = file;
    show(line);
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
    choice().addEventListener("change", () => show());
    fil.showSources();
  };
})((globalThis.fil ??= {}));
