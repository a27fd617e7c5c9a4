// Frames: a function at a line, each once and known by its number; 0 is the root's. A profile may
// have a hundred thousand: the numbers stand in arrays, an object is made of those that are shown.
(function (fil) {
  "use strict";
  const CODES = { own: "own", library: "lib", standard: "std", none: "std" };
  let functionOf, lineOf, slots, count, made, codes, imports;

  // The index in the table where this frame is, or belongs.
  function slotOf(number, line) {
    const last = slots.length - 1;
    const hash = Math.imul(number, 0x9e3779b1) ^ Math.imul(line, 0x85ebca6b);
    let at = (hash ^ (hash >>> 15)) & last;
    for (let id; (id = slots[at]); at = (at + 1) & last) {
      if (functionOf[id] === number && lineOf[id] === line) break;
    }
    return at;
  }

  function widen() {
    const wider = function (old) {
      const all = new Int32Array(2 * old.length);
      all.set(old);
      return all;
    };
    functionOf = wider(functionOf);
    lineOf = wider(lineOf);
    slots = new Int32Array(2 * slots.length);
    for (let id = 1; id < count; id++) slots[slotOf(functionOf[id], lineOf[id])] = id;
  }

  // The number of the frame of this function at this line.
  fil.frameNumber = function (number, line) {
    const at = slotOf(number, line);
    if (slots[at]) return slots[at];
    functionOf[count] = number;
    lineOf[count] = line;
    slots[at] = count;
    if (count + 1 === functionOf.length) { count++; widen(); return count - 1; }
    return count++;
  };

  fil.mark = (name, kind) => ({ id: -1, name, kind, file: "", line: 0, source: "", package: "",
    function: -1, imports: false });

  function make(id) {
    const { functions = [], paths = [], packages = [], sources = {} } = fil.profile;
    const number = functionOf[id], [name, path, first] = functions[number] || ["?", 0, 0];
    const [file, owner] = paths[path] || ["", 0], title = (packages[owner] || [""])[0];
    const of = { ...fil.mark(name || file, fil.codeOf(id)), id, package: title, function: number };
    if (imports[number]) return { ...of, name, imports: true };
    const line = lineOf[id] || first;
    return { ...of, file, line, source: fil.visible((sources[file] || {})[line] || "") };
  }

  fil.frame = (id) => (made[id] ??= make(id));
  fil.frameAt = (number, line) => fil.frame(fil.frameNumber(number, line));
  fil.functionOf = (id) => functionOf[id];
  fil.codeOf = (id) => (id ? codes[functionOf[id]] || "std" : "root");
  fil.isImport = (id) => imports[functionOf[id]] === true;
  fil.isImportFunction = (number) => imports[number] === true;
  fil.codeOfFunction = (number) => codes[number] || "std";
  const pathOf = (number) => ((fil.profile.functions || [])[number] || [])[1] || 0;
  fil.pathOf = (id) => pathOf(functionOf[id]);
  fil.fileOf = (number) => ((fil.profile.paths || [])[pathOf(number)] || [""])[0];
  fil.frameCount = () => count;

  fil.readFrames = function (profile) {
    const { functions = [], paths = [], packages = [] } = profile;
    const pathCodes = paths.map(([, owner]) => CODES[(packages[owner] || [])[1]] || "std");
    codes = functions.map(([, path]) => pathCodes[path] || "std");
    imports = functions.map(([, path]) => (paths[path] || [])[0] === "<import>");
    let room = 1024;
    while (room < (profile.nodes || []).length) room *= 2;
    functionOf = new Int32Array(room);
    lineOf = new Int32Array(room);
    slots = new Int32Array(2 * room);
    count = 1;
    functionOf[0] = -1;
    made = [fil.mark("all", "root")];
    made[0].id = 0;
  };
})((globalThis.fil ??= {}));
