// Words and figures: how bytes, shares, times and places read, the same everywhere on the page.
(function (fil) {
  "use strict";
  const KIB = 1024, MIB = 1048576;
  const LIBRARY = /(?:^|\/)(?:site|dist)-packages\/([^/]+)/, STANDARD = /(?:^|\/)lib(?:64)?\/python\d[^/]*\/|^<frozen /;

  const decimal = (number, digits) => number.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });

  fil.count = (number) => number.toLocaleString("en");

  // MiB, and what would read 0.0 there in KiB or bytes.
  fil.mebibytes = function (bytes) {
    const size = Math.abs(bytes), sign = bytes < 0 ? "−" : "";
    if (size === 0) return "0 MiB";
    if (size >= MIB / 20) return sign + decimal(size / MIB, 1) + " MiB";
    return sign + (size >= KIB ? decimal(size / KIB, 1) + " KiB" : size + (size === 1 ? " byte" : " bytes"));
  };
  fil.signed = (bytes) => (bytes > 0 ? "+" : bytes < 0 ? "" : "±") + fil.mebibytes(bytes);
  fil.percent = (part, whole) => decimal(whole ? (100 * part) / whole : 0, 1) + " %";
  fil.seconds = function (time) {
    if (time < 60) return decimal(time, time < 10 ? 2 : 1) + " s";
    const minutes = Math.floor(time / 60);
    return minutes < 60 ? `${minutes} min ${Math.floor(time % 60)} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  };
  fil.short = (file) => file.split("/").slice(-2).join("/");

  // Whose code a file is: {kind: own, lib or std; package}.
  fil.origin = function (file) {
    const library = LIBRARY.exec(file);
    if (library) return { kind: "lib", package: library[1].replace(/\.py$/, "") };
    if (STANDARD.test(file)) return { kind: "std", package: "standard library" };
    return /^\[|^$/.test(file) ? { kind: "std", package: "no Python code" } : { kind: "own", package: "own code" };
  };

  // A number in [0, 1) that is always the same for one text.
  fil.spread = function (text) {
    let hash = 2166136261;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16777619);
    return ((hash ^ (hash >>> 15)) >>> 0) / 4294967296;
  };

  fil.byId = (id) => document.getElementById(id);

  // An element with a class and contents: text stays text, whatever is in it.
  fil.element = function (tag, className, ...contents) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.append(...contents.filter((content) => content !== "" && content !== null));
    return made;
  };
  fil.button = function (text, className, act) {
    const made = fil.element("button", className, text);
    made.type = "button";
    made.addEventListener("click", act);
    return made;
  };

  fil.say = (text) => { fil.byId("said").textContent = text; };

  // The clipboard, by a field's selection: this works in a notebook's frame, where the newer way is forbidden.
  fil.copy = function (text, what) {
    const before = document.activeElement, field = fil.element("textarea", "hidden", text);
    field.setAttribute("aria-label", what);
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    if (before) before.focus({ preventScroll: true });
    fil.say(done ? `${what} copied` : `${what} could not be copied: the browser forbids it`);
  };
})((globalThis.fil ??= {}));
