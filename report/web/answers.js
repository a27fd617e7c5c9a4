// The profile's answers as rows to show. There may be many thousands: a row becomes an object where
// it is shown or looked for, and is counted and put in order as the numbers that it is.
(function (fil) {
  "use strict";
  const NO_STACK = "[No Python stack]", UNTOUCHED = "never touched";
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

  const isLine = (by) => by === "line" || by === "own";

  // The figures of a row, by which rows are put in order.
  class Row {
    constructor(by, row) {
      const [, , self, through, allocations, untouched, oldSelf = 0, oldThrough = 0] = row;
      const brought = by === "import";
      this.by = by;
      this.row = row;
      this.own = this.share = brought ? through : self;
      this.old = brought ? oldThrough : oldSelf;
      this.through = through;
      this.oldThrough = oldThrough;
      this.allocations = allocations;
      this.change = this.own - this.old;
      this.throughChange = through - oldThrough;
      this.untouched = untouched;
      this.touched = this.own - untouched;
    }
    get words() { return this.key()[2]; }
    get title() { return this.key()[0]; }
    get place() { return this.key()[1]; }
    get where() { return `${this.place} ${this.title}`; }
    get source() { return this.frame.source; }
    get mark() {
      const { untouched, own } = this;
      return untouched * 10 > own ? `${fil.mebibytes(untouched)} ${UNTOUCHED}` : "";
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

  const holds = (row) => row.own || row.old || row.through || row.oldThrough;
  fil.rowsBy = function (by) {
    return (known[by] ??= fil.answer(by).rows.map((row) => new Row(by, row)).filter(holds));
  };

  // In the order in which people read them: what was asked for and never touched ranks last.
  fil.byTouched = (a, b) => b.touched - a.touched || b.own - a.own;

  // The own lines that hold the most, and all imports: what is read first. Of a difference, those
  // that changed the most.
  fil.mostImportant = function (count) {
    const isImport = ({ number }) => fil.isImportFunction(number);
    const size = (row) => (fil.diff ? Math.abs(row.change) : row.own), least = 0.05 * 1048576;
    const order = fil.diff ? (a, b) => size(b) - size(a) : fil.byTouched;
    const rows = fil.rowsBy("own").filter((row) => row.number).sort(order);
    const lines = rows.filter((row) => !isImport(row)), large = lines.filter((row) => size(row) >= least);
    const imports = rows.filter(isImport).sort((a, b) => size(b) - size(a));
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
