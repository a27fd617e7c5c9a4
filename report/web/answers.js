// The profile's answers as rows to show. There may be many thousands: a row becomes an object where
// it is shown or looked for, and is counted and put in order as the numbers that it is.
(function (fil) {
  "use strict";
  const NO_STACK = "[No Python stack]";
  const NONE = { rows: [], left_out: { rows: 0, self: 0 } };
  let known = {};

  fil.answer = (by) => (fil.shown.answers || {})[by] || NONE;
  fil.forgetAnswers = () => { known = {}; };

  // [its name, its place, what finds it in the graph]
  const KEYS = {
    line: lineKey,
    function: function (key) {
      const frame = fil.frameAt(key, 0);
      return key ? [frame.name, frame.file, `${frame.name} ${frame.file}`] : [NO_STACK, "", ""];
    },
    file: function (key) {
      const [file] = (fil.profile.paths || [])[key] || [""];
      return file ? [fil.short(file), file, `${file}:`] : [NO_STACK, "", ""];
    },
    package: function (key) {
      const [name] = (fil.profile.packages || [])[key] || [""];
      return name ? [name, "", `package:${name}`] : [NO_STACK, "", ""];
    },
    import: function (key) {
      const { name } = fil.frameAt(key, 0);
      return [name, "", `import:${name.slice(7)}`];
    },
    thread: (key) => [fil.names.thread[key] || "?", "", ""],
    kind: (key) => [fil.names.kind[key] || "?", "", ""],
  };

  function lineKey(key, line) {
    if (!key) return [NO_STACK, "", ""];
    const { name, file, line: at, imports } = fil.frameAt(key, line);
    const place = at ? `${file}:${at}` : file;
    if (imports) return KEYS.import(key);
    return [name === "<module>" && place ? fil.short(place) : name, place, place || name];
  }

  // What each key's totals have that was never touched, found from the stacks that have such bytes;
  // the rows of a cut profile tell it.
  const KEY_OF = {
    line: (id) => id,
    function: fil.functionOf,
    file: fil.pathOf,
    package: (id) => ((fil.profile.paths || [])[fil.pathOf(id)] || [])[1] || 0,
  };
  function untouchedThrough(by) {
    const { parent, frame, parts } = fil.base, found = new Map(), keyOf = KEY_OF[by];
    for (const [node, , , , untouched] of parts.filter((part) => part[4])) {
      const keys = new Set(node ? [] : [0]);
      for (let at = node; at; at = parent[at]) {
        if (!fil.isImport(frame[at])) keys.add(keyOf(frame[at]));
      }
      for (const key of keys) found.set(key, (found.get(key) || 0) + untouched);
    }
    return found;
  }

  const isLine = (by) => by === "line" || by === "own";

  // The figures of a row, by which rows are put in order.
  class Row {
    constructor(by, row, hidden) {
      const [key, line, self, total, allocations, untouched] = row;
      const [oldSelf, oldThrough] = fil.diff ? row.slice(6, 8) : [0, 0];
      const brought = by === "import", at = key && isLine(by) ? fil.frameNumber(key, line) : key;
      const told = fil.cut && !fil.diff ? row[6] : hidden.get(at) || 0;
      const through = fil.inUse(total, Math.max(untouched, told));
      this.by = by;
      this.row = row;
      this.own = this.share = fil.inUse(brought ? total : self, untouched);
      this.old = brought ? oldThrough : oldSelf;
      this.through = through;
      this.oldThrough = oldThrough;
      this.allocations = allocations;
      this.change = this.own - this.old;
      this.throughChange = through - oldThrough;
      this.untouched = untouched;
    }
    get words() { return this.key()[2]; }
    get title() { return this.key()[0]; }
    get place() { return this.key()[1]; }
    get where() { return `${this.place} ${this.title}`; }
    get source() { return this.frame.source; }
    get mark() {
      const isMuch = fil.neverUsed(fil.peak, fil.untouched);
      return isMuch && fil.neverUsed(this.own, this.untouched);
    }
    get number() { return this.row[0]; }
    get frame() {
      const [key, line] = this.row;
      return key && isLine(this.by) ? fil.frameAt(key, line) : fil.frame(0);
    }
    get below() {
      return ((fil.profile.packages || [])[this.by === "own" ? this.row.at(-1) : 0] || [""])[0];
    }
    key() {
      return (this.names ??= (KEYS[this.by] || lineKey)(this.row[0], this.row[1]));
    }
  }

  const holds = (row) => row.own || row.old || row.through || row.oldThrough || row.untouched;
  fil.rowsBy = function (by) {
    const as = by === "own" ? "line" : by;
    if (known[by]) return known[by];
    const hidden = KEY_OF[as] && !fil.cut ? untouchedThrough(as) : new Map();
    return (known[by] = fil.answer(by).rows.map((row) => new Row(by, row, hidden)).filter(holds));
  };

  // What the rows have together that were left out: imports are no more than a part of the whole.
  fil.heldByOthers = function (by) {
    const { rows, left_out: left } = fil.answer(by);
    const others = fil.untouched - rows.reduce((sum, row) => sum + row[5], 0);
    return by === "import" ? left.self : fil.inUse(left.self, others);
  };

  // The own lines that hold the most, and all imports: what is read first. Of a difference, those
  // that changed the most.
  fil.mostImportant = function (count) {
    const isImport = ({ number }) => fil.isImportFunction(number);
    const size = (row) => (fil.diff ? Math.abs(row.change) : row.own), least = 0.05 * 1048576;
    const order = (a, b) => size(b) - size(a) || b.untouched - a.untouched;
    const rows = fil.rowsBy("own").filter((row) => row.number).sort(order);
    const lines = rows.filter((row) => !isImport(row)), imports = rows.filter(isImport);
    const large = lines.filter((row) => size(row) >= Math.max(least, size(rows[0]) / 200));
    return { lines: (large.length ? large : imports.length ? [] : lines).slice(0, count), imports };
  };

  // What files hold together with the libraries that they call, of those named.
  fil.heldByFiles = function (files) {
    const held = new Map();
    for (const row of fil.rowsBy("own")) {
      const file = fil.fileOf(row.number);
      if (files.has(file)) held.set(file, (held.get(file) || 0) + Math.max(row.own, row.old));
    }
    return held;
  };
})((globalThis.fil ??= {}));
