// What is read first: how much, whose line holds the most, and three of them with their code.
(function (fil) {
  "use strict";
  const { byId, element, mebibytes } = fil;
  const LINES = 3, IMPORTS = 3;

  const nameOf = (row) => (row.frame.imports
    ? row.title : `${fil.short(row.frame.file)}:${row.frame.line}`);

  // ---- the headline

  function moment() {
    const { peak_at_seconds: when, kind, requested_bytes: requested } = fil.profile;
    if (fil.atEnd) return fil.shown.now ? "in use now" : "still in use at the end";
    if (kind === "out-of-memory") return "held at that time"
      + (requested ? ", with the refused request" : "");
    const after = typeof when === "number" ? `, ${fil.seconds(when)} after the start` : "";
    return "in use at the peak" + after;
  }

  function untouched() {
    return fil.neverUsed(fil.peak, fil.untouched).replace("more", "more was allocated but");
  }

  function headline({ lines, imports }) {
    const first = lines[0] || imports[0], words = [` ${moment()}`];
    if (first && first.own > 0)
      words.push(`; ${fil.percent(first.own, fil.peak)} by ${nameOf(first)}`);
    const note = untouched(), small = note ? [" ", element("small", "", note)] : [];
    byId("summary").replaceChildren(element("strong", "", mebibytes(fil.peak)), ...words, ...small);
    document.title = document.title.replace(/[\d,.]+ \w+B\)/, `${mebibytes(fil.peak)})`);
  }

  function changed() {
    const by = fil.peak - fil.oldPeak, grew = by > 0 ? "more" : "less", className = by ? grew : "";
    const isEnd = fil.profile.moment === "end", when = `in use at the ${isEnd ? "end" : "peak"}`;
    const what = isEnd ? "What Is in Use at the End" : "the Peak";
    document.title = `Change of ${what} (${fil.signed(by)})`;
    const words = by ? ` ${grew} ${when} ` : ` ${when}: no change `;
    const sizes = `${mebibytes(fil.oldPeak)} → ${mebibytes(fil.peak)}, `;
    byId("summary").replaceChildren(element("strong", className, fil.signed(by)), words,
      element("small", "", sizes, fil.growth(fil.oldPeak, fil.peak)));
  }

  // ---- the lines

  function figuresOf(row) {
    const made = element("span", "figures");
    made.dataset.bytes = fil.diff ? row.change : row.own;
    made.title = fil.exact(fil.diff ? row.change : row.own);
    made.append(element("b", "", fil.diff ? fil.signed(row.change) : mebibytes(row.own)));
    const second = fil.diff ? `→ ${mebibytes(row.own)}` : fil.percent(row.own, fil.peak);
    made.append(" ", element("span", "soft", second));
    return made;
  }

  function lineOf(row) {
    const { frame } = row, name = frame.name === "<module>" ? "" : `  ${frame.name}`;
    const pick = fil.button(nameOf(row), "pick", function (event) {
      fil.showLine(frame.file, frame.line);
      fil.find(row.words, event.currentTarget);
    });
    pick.title = `${row.place}: show it in the graph and in the source`;
    const where = element("span", "where", pick, element("span", "soft", name));
    const below = row.below ? `  in ${row.below}` : "", mark = row.mark ? `  ${row.mark}` : "";
    const code = element("code", "", row.source);
    return element("li", "", figuresOf(row), where, code, element("span", "soft", below, mark));
  }

  function importsOf(rows) {
    const sum = (field) => rows.reduce((all, row) => all + row[field], 0);
    const [own, change] = [sum("own"), sum("change")];
    const named = rows.filter((row) => !fil.diff || row.change), largest = named.slice(0, IMPORTS);
    const sizeOf = (row) => (fil.diff ? fil.signed(row.change) : mebibytes(row.own));
    const words = largest.map((row) => `${row.title.slice(7)} ${sizeOf(row)}`);
    const pick = fil.button("imports", "pick", (event) => fil.find("import:", event.currentTarget));
    pick.title = "Show them in the graph";
    const left = named.length > IMPORTS ? `, ${named.length - IMPORTS} more` : "";
    return element("li", "", figuresOf({ own, change }), element("span", "where", pick),
      element("span", "soft names", words.join(", ") + left));
  }

  // ---- of what it is

  // The command line, of the interpreter's path only its name.
  fil.commandOf = (one) => (one.command || [])
    .map((word, i) => (i ? word : word.replace(/^\/.*\//, ""))).join(" ");

  function left() {
    if (!fil.hasEnd() || fil.atEnd) return "";
    const when = fil.profile.end.now ? "In use now: " : "Still in use at the end: ";
    return element("span", "side", when, element("b", "", mebibytes(fil.endInUse())));
  }

  function about() {
    const { profile } = fil, r = profile.resident || {}, date = fil.dateOf(profile.started);
    return [fil.commandOf(profile), profile.python ? `Python ${profile.python}` : "", date,
      profile.seconds ? `recorded for ${fil.seconds(profile.seconds)}` : "",
      r.most_bytes ? `process memory (RSS) at most ${mebibytes(r.most_bytes)}` : "",
    ].filter(Boolean).join(" · ");
  }

  function sides() {
    const { old = {}, new: now = {} } = fil.profile;
    const words = (one) => [mebibytes(one.peak_bytes || 0)
      + (one.end_bytes >= 0 ? `, at the end ${mebibytes(one.end_bytes)}` : ""),
      fil.commandOf(one), fil.dateOf(one.started)].filter(Boolean).join("  ");
    const side = (title, one) => element("span", "side", element("b", "", `${title}  `),
      words(one));
    return [side("Before", old), side("After", now)];
  }

  fil.showCard = function () {
    const { lines, imports } = fil.mostImportant(LINES);
    const brought = imports.filter((row) => row.own || row.change);
    if (fil.diff) changed();
    else headline({ lines, imports });
    byId("card").replaceChildren(...lines.map(lineOf),
      ...(brought.length ? [importsOf(brought)] : []));
    byId("card").hidden = !byId("card").children.length;
    byId("command").replaceChildren(...(fil.diff ? sides() : [left(), about()]));
    byId("reason").textContent = (fil.profile.reason || {}).text || "";
    byId("reason").hidden = !byId("reason").textContent;
  };
})((globalThis.fil ??= {}));
