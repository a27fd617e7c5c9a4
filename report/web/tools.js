// The graph's tools: order, detail, and in a menu what is asked for less often.
(function (fil) {
  "use strict";
  const { byId } = fil;
  const GIVEN = "This view shows the whole recording. To split, merge or see more detail, choose "
    + "Callers first.";
  const ONE_WAY = "Of both profiles the page has only the largest stacks, with callers first.";
  const CHOICES = { turn: ["callers", "allocators"], detail: ["mine", "calls", "all"] };
  const work = { folds: false, thread: false, kind: false };

  // Whether any function is its own caller somewhere.
  function hasRecursion() {
    const { frame } = fil.base, inside = [];
    let found = false;
    fil.walk(fil.base, function (node) {
      const number = fil.functionOf(frame[node]);
      if (inside[number]) found = true;
      inside[number] = (inside[number] || 0) + 1;
    }, (node) => { inside[fil.functionOf(frame[node])]--; });
    return found;
  }

  function findWork() {
    const parts = fil.diff ? [] : fil.base.parts;
    work.folds = false;
    for (let id = 1; id < fil.frameCount() && !work.folds; id++)
      work.folds = fil.codeOf(id) !== "own";
    work.thread = parts.some((part) => part[1]);
    work.kind = parts.some((part) => part[2]);
  }

  // A tool stands there only where it has something to do, and where its answer is exact.
  function offer() {
    const given = fil.cut && fil.state.turn === "allocators",
      turns = !fil.cut || fil.profile.inverted;
    byId("detail").hidden = given || !work.folds;
    byId("more-tools").hidden = given;
    byId("split").disabled = !(work.thread || work.kind);
    ["thread", "kind"].forEach(function (by, i) {
      const option = byId("split").options[i + 1];
      option.hidden = option.disabled = !work[by];
    });
    byId("turn").hidden = !turns;
    byId("note").textContent = given ? GIVEN : turns ? "" : ONE_WAY;
  }

  function showState() {
    for (const name in CHOICES) {
      for (const value of CHOICES[name])
        byId(value).setAttribute("aria-pressed", String(fil.state[name] === value));
    }
    byId("split").value = fil.state.split;
    byId("recursion").checked = fil.state.recursion !== "";
    findWork();
    offer();
  }

  // Another tree: one begins again with all of it.
  function choose(changes) {
    fil.keep({ ...changes, zoom: "", opened: "" });
    showState();
    fil.rebuild();
  }

  // Of recursion all nodes are asked, so only when someone looks for it.
  function openMenu() {
    if (byId("more-tools").open) byId("recursion").disabled = !hasRecursion();
  }

  fil.showTools = showState;
  fil.startTools = function () {
    for (const name in CHOICES) {
      for (const value of CHOICES[name])
        byId(value).addEventListener("click", () => choose({ [name]: value }));
    }
    byId("split").addEventListener("change", () => choose({ split: byId("split").value }));
    byId("recursion").addEventListener("change",
      () => choose({ recursion: byId("recursion").checked ? "merged" : "" }));
    const menu = byId("more-tools");
    const leave = (event) => { if (!menu.contains(event.target)) menu.open = false; };
    menu.addEventListener("toggle", openMenu);
    document.addEventListener("click", leave);
    menu.addEventListener("keydown", function (event) {
      if (event.key !== "Escape") return;
      menu.open = false;
      menu.querySelector("summary").focus();
      event.stopPropagation();
    });
    showState();
  };
})((globalThis.fil ??= {}));
