// The table: by line, function, file, package and more, what each holds by itself and through it, as
// the profile answers it; in a difference, how that changed.
(function (fil) {
  "use strict";
  const { byId, element, mebibytes, percent } = fil;
  const FIRST = 20, MORE = 200, NOBODY = "[No Python stack]";
  const SHARE = ["share", "Share"];
  const COLUMNS = [["own", "Own"], SHARE, ["through", "Through it"], ["allocations", "Allocations"], ["where", "Line"]];
  const CHANGES = [["change", "Change"], ["old", "Before"], ["own", "After"], ["throughChange", "Through it"], ["where", "Line"]];
  const BROUGHT = [["own", "Brought in"], SHARE, ["where", "Import"]], HELD = [["own", "Own"], SHARE, ["where", ""]];
  const TITLES = { function: "Function", file: "File", package: "Package", import: "Import", thread: "Thread", kind: "Kind of memory" };
  const known = {};
  let by = "line", sort = "own", falling = true, most = FIRST;

  const isLine = (group) => group === "line" || group === "own";
  const answer = (group) => (fil.profile.answers || {})[group] || { rows: [], left_out: { rows: 0, self: 0 } };

  // ---- what a row is of

  // [its name, its place, what finds it in the graph]
  const KEYS = {
    line: lineKey,
    function: function (key) {
      const frame = fil.frameAt(key, 0);
      return key ? [frame.name, frame.file, `${frame.name} ${frame.file}`] : [NOBODY, "", ""];
    },
    file: function (key) {
      const [file] = (fil.profile.paths || [])[key] || [""];
      return file ? [fil.short(file), file, `${file}:`] : [NOBODY, "", ""];
    },
    package: function (key) {
      const [name] = (fil.profile.packages || [])[key] || [""];
      return name ? [name, "", `package:${name}`] : [NOBODY, "", ""];
    },
    import: function (key) {
      const { name } = fil.frameAt(key, 0);
      return [name, "", `import:${name.slice(7)}`];
    },
    thread: (key) => [fil.names.thread[key] || "?", "", ""],
    kind: (key) => [fil.names.kind[key] || "?", "", ""],
  };

  function lineKey(key, line) {
    if (!key) return [NOBODY, "", ""];
    const frame = fil.frameAt(key, line), place = frame.line ? `${frame.file}:${frame.line}` : frame.file;
    return [frame.name, place, place || frame.name];
  }

  function rowOf(group, [key, line, self, total, allocations, untouched, oldSelf = 0, oldTotal = 0]) {
    const [title, place, words] = (KEYS[group] || lineKey)(key, line), frame = isLine(group) ? (key ? fil.frameAt(key, line) : fil.frames[0]) : null;
    const brought = group === "import", own = brought ? total : self, old = brought ? oldTotal : oldSelf;
    return { title, place, words, frame, own, old, through: total, oldThrough: oldTotal, allocations, change: own - old,
      throughChange: total - oldTotal, share: own, where: `${place} ${title}`, source: frame ? frame.source : "",
      mark: untouched * 10 > own ? `${mebibytes(untouched)} never touched` : "" };
  }

  const rowsBy = (group) => (known[group] ??= (group === "own" ? ownRows() : answer(group).rows).map((row) => rowOf(group, row)).filter(
    (row) => row.own || row.old || row.through || row.oldThrough));

  // Lines of own code, of which the profile has no answer: what libraries hold is the line's that called them.
  function ownRows() {
    const { frame, parent, sums, total, oldTotal } = fil.base, rows = new Map(), inside = new Map();
    const isOwn = (node) => fil.frames[frame[node]].kind === "own";
    const rowAt = function (node) {
      const of = fil.frames[frame[node]];
      if (!rows.has(of.id)) rows.set(of.id, [of.function, of.line, 0, 0, 0, 0, 0, 0]);
      return rows.get(of.id);
    };
    const holder = new Int32Array(frame.length);
    fil.walk(fil.base, function (node) {
      holder[node] = isOwn(node) || !holder[parent[node]] ? node : holder[parent[node]];
      const at = holder[node], depth = inside.get(frame[node]) || 0, row = rowAt(at);
      [[2, 0], [4, 5], [5, 4], [6, 2]].forEach(([to, from]) => { row[to] += sums[from][node]; });
      inside.set(frame[node], depth + 1);
      if (at !== node || depth) return;
      row[3] += total[node];
      row[7] += oldTotal[node];
    }, (node) => inside.set(frame[node], inside.get(frame[node]) - 1));
    const first = fil.base.sums;
    return [[0, 0, first[0][0], first[0][0], first[5][0], first[4][0], first[2][0], first[2][0]], ...rows.values()];
  }

  // The line that holds the most by itself.
  fil.largestLine = () => rowsBy("line").reduce((a, b) => (b.words && !(a && a.own >= b.own) ? b : a), null);
  // For the source view: what lines hold, and what the files hold together with the libraries that they call.
  fil.lines = () => rowsBy("line");
  fil.heldByFiles = function () {
    const held = new Map();
    for (const { frame, own, old } of rowsBy("own")) held.set(frame.file, (held.get(frame.file) || 0) + Math.max(own, old));
    return held;
  };

  // ---- showing

  function filtered() {
    const words = byId("filter").value.trim().toLowerCase();
    const kept = rowsBy(by).filter((row) => `${row.title} ${row.place} ${row.source}`.toLowerCase().includes(words));
    const value = (row) => (sort === "change" || sort === "throughChange" ? Math.abs(row[sort]) : row[sort]);
    const order = (a, b) => (sort === "where" ? a.where.localeCompare(b.where) : value(a) - value(b));
    kept.sort((a, b) => (falling ? order(b, a) : order(a, b)) || b.own - a.own || b.through - a.through);
    return kept;
  }

  function figure(row, column, largest) {
    const exact = row[column], made = element("td");
    made.dataset.bytes = exact;
    made.title = fil.exact(exact);
    if (column === "share") {
      const bar = element("span", "bar");
      bar.style.width = Math.max(0, Math.min(100, (100 * exact) / largest)) + "%";
      made.className = "share";
      made.append(element("span", "", percent(exact, fil.peak)), bar);
    } else if (column === "change" || column === "throughChange") {
      made.className = exact > 0 ? "more" : exact < 0 ? "less" : "";
      made.append(fil.signed(exact));
    } else made.append(mebibytes(exact));
    return made;
  }

  const cell = (row, column, largest) => (column === "allocations" ? element("td", "", fil.count(row.allocations)) : figure(row, column, largest));

  function lineOf(row, columns, largest) {
    const pick = row.words ? fil.button(row.title, "pick", (event) => fil.find(row.words, event.currentTarget)) : element("b", "", row.title);
    const place = element("span", "place", row.place && by !== "file" ? `  ${fil.short(row.place)}` : `  ${row.place}`), where = element("td", "", pick, place);
    if (row.words) pick.title = "Show it in the graph";
    place.title = row.place;
    if (row.mark) where.append(element("span", "mark", `  ${row.mark}`));
    if (row.source) where.append(element("br"), element("code", "", row.source));
    const made = element("tr", row.words ? "picks" : "", ...columns.slice(0, -1).map(([column]) => cell(row, column, largest)), where);
    made.addEventListener("click", (event) => { if (row.words && event.target !== pick && String(getSelection()) === "") pick.click(); });
    return made;
  }

  function heading([column, title]) {
    const press = fil.button((column === "where" && TITLES[by]) || title, "sort", function () {
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

  function columnsOf() {
    if (fil.diff) return CHANGES;
    return by === "import" ? BROUGHT : by === "thread" || by === "kind" ? HELD : COLUMNS;
  }

  function show() {
    const columns = columnsOf();
    if (!columns.some(([column]) => column === sort)) sort = columns[0][0];
    const rows = filtered(), largest = rows.reduce((size, row) => Math.max(size, row.own), 1), left = answer(by).left_out;
    byId("lines").tHead.replaceChildren(element("tr", "", ...columns.map(heading)));
    byId("lines").tBodies[0].replaceChildren(...rows.slice(0, most).map((row) => lineOf(row, columns, largest)));
    byId("more").hidden = rows.length <= most;
    byId("more").textContent = `Show ${Math.min(MORE, rows.length - most)} more of ${fil.count(rows.length)}`;
    byId("none").hidden = rows.length > 0;
    byId("rest").hidden = !left.rows;
    byId("rest").textContent = `and ${fil.count(left.rows)} more, which hold ${mebibytes(left.self)} together`;
  }

  // Shows this line in the table, from the graph.
  fil.filterLines = function (words) {
    by = byId("by").value = "line";
    byId("filter").value = words;
    show();
    fil.open("lines-section", byId("lines").querySelector(".pick") || byId("filter"));
  };

  // Only what there is to choose from.
  function offer() {
    for (const option of [...byId("by").options]) {
      const group = option.value, isPart = group === "thread" || group === "kind", rows = isPart || group === "import" ? rowsBy(group).length : 1;
      if ((group === "own" && fil.cut) || !rows || (isPart && (fil.diff || rows < 2))) option.remove();
    }
  }

  fil.startLines = function () {
    sort = fil.diff ? "change" : "own";
    offer();
    byId("by").addEventListener("change", () => { by = byId("by").value; most = FIRST; show(); });
    byId("filter").addEventListener("input", show);
    byId("more").addEventListener("click", () => { most += MORE; show(); });
    show();
  };
})((globalThis.fil ??= {}));
