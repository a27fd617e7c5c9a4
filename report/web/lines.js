// The table: by line, function, file, package and more, what each holds by itself and through it,
// as the profile answers it; in a difference, how that changed.
(function (fil) {
  "use strict";
  const { byId, element, mebibytes, percent } = fil;
  const FIRST = 20, MORE = 200;
  const SHARE = ["share", "Share"], MADE = ["allocations", "Allocations"];
  const COLUMNS = [["own", "Self"], SHARE, ["through", "Total"], MADE, ["where", "Line"]];
  const CHANGES = [["change", "Change"], ["old", "Before"], ["own", "After"],
    ["throughChange", "Total"], ["where", "Line"]];
  const BROUGHT = [["own", "Brought in"], SHARE, ["where", "Import"]];
  const HELD = [["own", "Held"], SHARE, ["where", ""]],
    MINE = [["own", "Held"], SHARE, ["where", "Line"]];
  const TITLES = { function: "Function", file: "File", package: "Package", import: "Import",
    thread: "Thread", kind: "Kind of memory" };
  let by = "own", sort = "own", falling = true, most = FIRST;

  // As many rows come with a press as there are, so that thousands take a few.
  const next = () => Math.max(MORE, most);
  const isPart = (group) => group === "thread" || group === "kind";

  // ---- showing

  function filtered() {
    const words = byId("filter").value.trim().toLowerCase();
    const text = ({ title, place, source }) => `${title} ${place} ${source}`.toLowerCase();
    const all = fil.rowsBy(by);
    const kept = words ? all.filter((row) => text(row).includes(words)) : [...all];
    const size = (row) => row[sort];
    const isChange = sort === "change" || sort === "throughChange";
    const value = isChange ? (row) => Math.abs(row[sort]) : size;
    const order = (a, b) => (sort === "where"
      ? a.where.localeCompare(b.where) : value(a) - value(b));
    kept.sort((a, b) => (falling ? order(b, a) : order(a, b)) || b.own - a.own
      || b.through - a.through);
    return kept;
  }

  function figure(row, column, largest) {
    if (column === "allocations") return element("td", "", fil.count(row.allocations));
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

  function lineOf(row, columns, largest) {
    const find = (event) => fil.find(row.words, event.currentTarget);
    const pick = row.words ? fil.button(row.title, "pick", find) : element("b", "", row.title);
    const short = by === "file" ? row.place : fil.short(row.place),
      place = element("span", "place");
    const where = element("td", "", pick, place);
    if (short !== row.title) place.textContent = `  ${short}`;
    if (row.words) pick.title = "Show it in the graph";
    place.title = row.place;
    if (row.below) where.append(element("span", "place", `  in ${row.below}`));
    if (row.mark) where.append(element("span", "mark", `  ${row.mark}`));
    if (row.source) where.append(element("br"), element("code", "", row.source));
    const cells = columns.slice(0, -1).map(([column]) => figure(row, column, largest));
    const made = element("tr", row.words ? "picks" : "", ...cells, where);
    made.addEventListener("click", function (event) {
      if (event.target !== pick && String(getSelection()) === "") pick.click();
    });
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
    if (by === "own") return MINE;
    return by === "import" ? BROUGHT : isPart(by) ? HELD : COLUMNS;
  }

  function show() {
    const columns = columnsOf();
    if (!columns.some(([column]) => column === sort)) sort = columns[0][0];
    const rows = filtered(), largest = rows.reduce((size, row) => Math.max(size, row.own), 1);
    const left = fil.answer(by).left_out, together = mebibytes(fil.heldByOthers(by));
    byId("lines").tHead.replaceChildren(element("tr", "", ...columns.map(heading)));
    const shown = rows.slice(0, most).map((row) => lineOf(row, columns, largest));
    byId("lines").tBodies[0].replaceChildren(...shown);
    byId("more").hidden = rows.length <= most;
    const more = fil.count(Math.min(next(), rows.length - most));
    byId("more").textContent = `Show ${more} more of ${fil.count(rows.length)}`;
    byId("none").hidden = rows.length > 0;
    byId("rest").hidden = !left.rows;
    byId("rest").textContent = `and ${fil.count(left.rows)} more, which hold ${together} together`;
  }

  // Shows this line in the table, from the graph.
  fil.filterLines = function (words) {
    by = byId("by").value = "line";
    fil.keep({ by });
    byId("filter").value = words;
    show();
    fil.open("lines-section", byId("lines").querySelector(".pick") || byId("filter"));
  };

  // Only what there is to choose from.
  function offer() {
    for (const option of byId("by").options) {
      const { value } = option, nothing = value === "import" && !fil.rowsBy(value).length;
      const one = isPart(value) && (fil.diff || fil.rowsBy(value).length < 2);
      option.hidden = option.disabled = nothing || one;
    }
    byId("by").value = fil.state.by;
    const chosen = byId("by").selectedOptions[0];
    if (!chosen || chosen.disabled) byId("by").value = "own";
    by = byId("by").value;
  }

  fil.showLines = function () {
    most = FIRST;
    offer();
    show();
  };

  fil.startLines = function () {
    sort = fil.diff ? "change" : "own";
    byId("by").addEventListener("change", function () {
      fil.keep({ by: byId("by").value });
      fil.showLines();
    });
    byId("filter").addEventListener("input", show);
    byId("more").addEventListener("click", () => { most += next(); show(); });
    fil.showLines();
  };
})((globalThis.fil ??= {}));
