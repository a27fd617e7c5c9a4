// The table: by line, function, file or package, what each holds by itself and through it; in a diff, how that changed.
(function (fil) {
  "use strict";
  const { byId, element, mebibytes, percent } = fil;
  const FIRST = 20, MORE = 200;
  const GROUPS = { line: (node) => node.key, own: (node) => node.key, function: (node) => node.same, file: (node) => node.file, package: (node) => node.package };
  const COLUMNS = [["own", "Own"], ["share", "Share"], ["through", "Through it"], ["allocations", "Allocations"], ["where", "Line"]];
  const CHANGES = [["change", "Change"], ["old", "Before"], ["own", "After"], ["throughChange", "Through it"], ["where", "Line"]];
  let by = "line", sort = fil.diff ? "change" : "own", falling = true, most = FIRST, known = {};

  // ---- counting

  // Whose line a frame's bytes count for: what the import system holds is the importing line's, as in the summary; by lines of own
  // code, what libraries hold is the line's that called them.
  function holder(node, group) {
    let at = node;
    while (at.i && (at.imports || (group === "own" && at.kind !== "own"))) at = fil.nodes[at.above];
    return at.i ? at : node;
  }

  function collect(group) {
    const rows = new Map(), keys = fil.nodes.map(GROUPS[group]);
    const rowOf = function (node) {
      const key = keys[node.i];
      if (!rows.has(key)) rows.set(key, { node, own: 0, old: 0, through: 0, oldThrough: 0, allocations: 0, untouched: 0 });
      return rows.get(key);
    };
    const totals = totalsOf();
    for (const node of fil.nodes) {
      if (!node.i) continue;
      const row = rowOf(holder(node, group)), through = group === "own" && node.kind !== "own" ? null : rowOf(node);
      for (const field of ["own", "old", "allocations", "untouched"]) row[field] += node[field];
      if (through && isOutermost(node, keys)) { through.through += totals[node.i][0]; through.oldThrough += totals[node.i][1]; }
    }
    return [...rows.values()].map(name(group));
  }

  function totalsOf() {
    const totals = fil.nodes.map((node) => [node.own + node.rest, node.old + node.oldRest]);
    for (let i = totals.length - 1; i > 0; i--) for (const k of [0, 1]) totals[fil.nodes[i].above][k] += totals[i][k];
    return totals;
  }

  function isOutermost(node, keys) {
    for (let up = node.above; up; up = fil.nodes[up].above) if (keys[up] === keys[node.i]) return false;
    return true;
  }

  const name = (group) => function (row) {
    const { node } = row, untouched = row.untouched * 10 > row.own;
    row.change = row.own - row.old;
    row.throughChange = row.through - row.oldThrough;
    row.share = row.own;
    row.title = group === "file" ? fil.short(node.file) : group === "package" ? node.package : node.name;
    row.place = group === "line" || group === "own" ? (node.line ? `${node.file}:${node.line}` : "") : group === "package" ? "" : node.file;
    row.where = `${row.place} ${row.title}`;
    row.source = group === "line" || group === "own" ? node.source : "";
    row.mark = untouched ? `${mebibytes(row.untouched)} never touched` : "";
    row.words = group === "package" ? `package:${node.package}` : group === "file" ? `${node.file}:` : row.source || (group !== "function" && row.place) ? row.place : `${node.name} ${node.file}`;
    return row;
  };

  const rowsBy = (group) => (known[group] ??= collect(group));

  // The line that holds the most by itself.
  fil.largestLine = () => rowsBy("line").reduce((a, b) => (a && a.own >= b.own ? a : b), null);
  // For the source view: what each line of a file holds, and what they hold together with the libraries that they call.
  fil.linesOf = (file) => rowsBy("line").filter((row) => row.node.file === file);
  fil.heldBy = (file) => rowsBy("own").reduce((sum, row) => sum + (row.node.file === file ? Math.max(row.own, row.old) : 0), 0);

  // ---- showing

  function filtered() {
    const words = byId("filter").value.trim().toLowerCase();
    const kept = rowsBy(by).filter((row) => (row.own || row.old || row.through || row.oldThrough) && `${row.title} ${row.place} ${row.source}`.toLowerCase().includes(words));
    const value = (row) => (sort === "change" || sort === "throughChange" ? Math.abs(row[sort]) : row[sort]);
    const order = (a, b) => (sort === "where" ? a.where.localeCompare(b.where) : value(a) - value(b));
    kept.sort((a, b) => (falling ? order(b, a) : order(a, b)) || b.own - a.own || b.through - a.through);
    return kept;
  }

  function figure(row, column, largest) {
    if (column === "share") {
      const bar = element("span", "bar");
      bar.style.width = Math.max(0, Math.min(100, (100 * row.own) / largest)) + "%";
      return element("td", "share", element("span", "", percent(row.own, fil.peak)), bar);
    }
    if (column === "allocations") return element("td", "", fil.count(row.allocations));
    if (column !== "change" && column !== "throughChange") return element("td", "", mebibytes(row[column]));
    return element("td", row[column] > 0 ? "more" : row[column] < 0 ? "less" : "", fil.signed(row[column]));
  }

  function lineOf(row, columns, largest) {
    const pick = fil.button(row.title, "pick", (event) => fil.find(row.words, event.currentTarget));
    const place = element("span", "place", row.place && by !== "file" ? `  ${fil.short(row.place)}` : `  ${row.place}`), where = element("td", "", pick, place);
    pick.title = "Show it in the graph";
    place.title = row.place;
    if (row.mark) where.append(element("span", "mark", `  ${row.mark}`));
    if (row.source) where.append(element("br"), element("code", "", row.source));
    const made = element("tr", "", ...columns.slice(0, -1).map(([column]) => figure(row, column, largest)), where);
    made.addEventListener("click", (event) => { if (event.target !== pick && String(getSelection()) === "") pick.click(); });
    return made;
  }

  function heading([column, title]) {
    const press = fil.button((column === "where" && { function: "Function", file: "File", package: "Package" }[by]) || title, "sort", function () {
      falling = sort === column ? !falling : column !== "where";
      sort = column;
      show();
      byId("lines").querySelector("[aria-sort] button").focus();
    });
    const made = element("th", "", press);
    made.scope = "col";
    if (sort === column) made.setAttribute("aria-sort", falling ? "descending" : "ascending");
    return made;
  }

  function show() {
    const columns = fil.diff ? CHANGES : COLUMNS, rows = filtered(), largest = rows.reduce((most, row) => Math.max(most, row.own), 1);
    byId("lines").tHead.replaceChildren(element("tr", "", ...columns.map(heading)));
    byId("lines").tBodies[0].replaceChildren(...rows.slice(0, most).map((row) => lineOf(row, columns, largest)));
    byId("more").hidden = rows.length <= most;
    byId("more").textContent = `Show ${Math.min(MORE, rows.length - most)} more of ${fil.count(rows.length)}`;
    byId("none").hidden = rows.length > 0;
  }

  // Shows this line in the table, from the graph.
  fil.filterLines = function (words) {
    by = byId("by").value = "line";
    byId("filter").value = words;
    show();
    fil.open("lines-section", byId("lines").querySelector(".pick") || byId("filter"));
  };

  fil.startLines = function () {
    sort = fil.diff ? "change" : "own";
    byId("by").addEventListener("change", () => { by = byId("by").value; most = FIRST; show(); });
    byId("filter").addEventListener("input", show);
    byId("more").addEventListener("click", () => { most += MORE; show(); });
    show();
  };
})((globalThis.fil ??= {}));
