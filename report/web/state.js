// What is shown of the profile: kept in the address, so that a reload or a link shows the same. A
// notebook's frame has no address of its own, and keeps it to itself.
(function (fil) {
  "use strict";
  const USUAL = { moment: "peak", turn: "callers", detail: "calls", split: "", recursion: "",
    search: "", zoom: "", opened: "", by: "own", theme: "auto" };
  const ALLOWED = {
    moment: ["peak", "end"], turn: ["callers", "allocators"], detail: ["mine", "calls", "all"],
    split: ["", "thread", "kind"], recursion: ["", "merged"], theme: ["auto", "light", "dark"] };
  const isAlone = document.documentElement.dataset.mode === "page" && window === window.top;
  const follow = [];
  fil.state = { ...USUAL };

  function read() {
    const given = new URLSearchParams(location.hash.slice(1));
    for (const name in USUAL) {
      const value = given.get(name), allowed = ALLOWED[name];
      const isUnknown = value === null || (allowed && !allowed.includes(value));
      fil.state[name] = isUnknown ? USUAL[name] : value;
    }
  }

  function write() {
    const kept = new URLSearchParams();
    for (const name in USUAL) if (fil.state[name] !== USUAL[name]) kept.set(name, fil.state[name]);
    const hash = String(kept) ? `#${kept}` : location.href.split("#")[0];
    if (location.hash.slice(1) !== String(kept)) history.replaceState(null, "", hash);
  }

  fil.keep = function (changes) {
    Object.assign(fil.state, changes);
    if (isAlone) write();
  };

  // Where the address is changed by hand, the page follows.
  fil.onState = (act) => follow.push(act);
  fil.startState = function () {
    if (!isAlone) return;
    read();
    addEventListener("hashchange", function () {
      read();
      for (const act of follow) act();
    });
  };
})((globalThis.fil ??= {}));
