// Words and figures: how bytes, shares, times and places read, the same everywhere on the page.
(function (fil) {
  "use strict";
  const KIB = 1024, MIB = 1048576;

  // As Python formats: what lies right between two figures goes to the even one.
  function decimal(number, digits) {
    const halves = number * 2 ** (digits + 1), between = Math.abs(halves % 2) === 1;
    if (!between) return number.toFixed(digits);
    const below = Math.floor(number * 10 ** digits);
    return ((below % 2 ? below + 1 : below) / 10 ** digits).toFixed(digits);
  }
  const grouped = (text) => text.replace(/\B(?=(\d{3})+(?!\d))/g, ",");

  fil.count = (number) => grouped(String(number));
  fil.many = (number, name) => `${fil.count(number)} ${name}${number === 1 ? "" : "s"}`;
  fil.exact = (bytes) => fil.many(bytes, "byte");

  // As sizes.py has them: MiB, and what would read 0.0 there in KiB or bytes.
  fil.mebibytes = function (bytes) {
    const size = Math.abs(bytes), sign = bytes < 0 ? "−" : "";
    if (size === 0) return "0 MiB";
    if (size >= MIB / 20) return `${sign}${grouped(decimal(size / MIB, 1))} MiB`;
    return sign + (size >= KIB ? decimal(size / KIB, 1) + " KiB" : size + " B");
  };
  fil.signed = (bytes) => (bytes > 0 ? "+" : "") + fil.mebibytes(bytes);
  fil.percent = (part, whole) => decimal(whole ? (100 * part) / whole : 0, 1) + " %";
  fil.growth = function (old, now) {
    if (old === now) return "0.0 %";
    if (old <= 0 || now <= 0) return now > 0 ? "new" : "gone";
    const change = (100 * (now - old)) / old;
    return `${change > 0 ? "+" : "−"}${grouped(decimal(Math.abs(change), 1))} %`;
  };
  fil.seconds = function (time) {
    if (time < 60) {
      const digits = time < 10 ? 2 : 1, step = 10 ** (6 - digits);
      const steps = Math.floor((Math.round(time * 1e6) + step / 2) / step);
      return (steps / 10 ** digits).toFixed(digits) + " s";
    }
    const minutes = Math.floor(time / 60);
    if (minutes < 60) return `${minutes} min ${Math.floor(time % 60)} s`;
    return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  };
  // A Unix time as people write it, in the reader's language.
  fil.dateOf = function (seconds) {
    if (!(seconds > 0)) return "";
    return new Date(seconds * 1000).toLocaleString(undefined,
      { dateStyle: "medium", timeStyle: "short" });
  };
  fil.short = (file) => file.split("/").slice(-2).join("/");

  // What turns text around is written out: a line reads as Python reads it.
  fil.visible = (text) => String(text).replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, "0")}`);

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

  // The clipboard, by a field's selection: this works in a notebook's frame, where the newer way is
  // forbidden.
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
