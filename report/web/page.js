// The page of one profile, put together. Everything is drawn from the JSON in the page, as elements
// with text; no network, no library.
(function (fil) {
  "use strict";
  const { byId, element, mebibytes } = fil;
  const embedded = document.documentElement.dataset.mode === "embed";

  // ---- what no line holds, and what the colours say

  fil.stackless = function () {
    const bytes = fil.base.sums[fil.OWN][0];
    return bytes * 2000 > fil.peak ? `${mebibytes(bytes)} of it without a Python stack` : "";
  };

  const COLOURS = { own: "own code", lib: "libraries", std: "Python's own", import: "imports",
    rest: "too small to draw" };
  const CHANGES = { grew: "+ holds more", shrank: "− holds less", same: "± no change",
    rest: "too small to draw" };

  // Of what is drawn: in a difference always what the signs mean.
  fil.showLegend = function (graph) {
    const words = fil.diff ? CHANGES : COLOURS,
      isThere = (kind) => graph.querySelector(`.frame.${kind}`);
    const swatch = (kind) => element("span", "", element("i", `swatch ${kind}`), words[kind]);
    const there = Object.keys(words)
      .filter((kind) => (fil.diff && kind !== "rest") || isThere(kind));
    byId("legend").hidden = there.length < 2;
    byId("legend").replaceChildren(...there.map(swatch));
  };

  // ---- the sections: below each other on a page, one at a time in a notebook, where there is
  // little room

  const sections = () => [...document.querySelectorAll("main > section")]
    .filter((section) => !section.hidden);

  function select(id) {
    document.documentElement.dataset.view = id;
    for (const tab of byId("tabs").children) {
      const on = tab.dataset.section === id;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
    }
    for (const section of sections()) section.classList.toggle("shown", section.id === id);
    if (id === "graph-section") fil.redraw();
  }

  // Brings a section, and in it an element, in view and into focus.
  fil.open = function (id, target) {
    if (embedded && byId(id).matches("section")) select(id);
    else byId(id).scrollIntoView({ block: "nearest" });
    const isShown = target && target.getBoundingClientRect().width > 0;
    if (target) target.focus({ preventScroll: isShown && id === "graph-section" });
  };

  function makeTabs() {
    const tabs = byId("tabs");
    tabs.hidden = !embedded || sections().length < 2;
    if (!embedded) return;
    for (const section of sections()) {
      const tab = fil.button(section.dataset.tab, "tab", () => select(section.id));
      tab.dataset.section = section.id;
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-controls", section.id);
      section.setAttribute("role", "tabpanel");
      tabs.append(tab);
    }
    tabs.addEventListener("keydown", function (event) {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key], all = [...tabs.children];
      if (!step) return;
      const next = all[(all.indexOf(event.target) + step + all.length) % all.length];
      select(next.dataset.section);
      next.focus();
    });
    select("graph-section");
  }

  // Of a moment: the headline, the graph, the tables.
  fil.showAll = function () {
    fil.choose(fil.state.moment);
    fil.showBar();
    fil.showCard();
    fil.showTools();
    fil.rebuild();
    fil.showLines();
    fil.showSources();
  };

  function onWidth(act) {
    let timer = 0, width = innerWidth;
    addEventListener("resize", function () {
      clearTimeout(timer);
      timer = setTimeout(function () {
        if (innerWidth !== width) act();
        width = innerWidth;
      }, 100);
    });
  }

  function start() {
    fil.startState();
    fil.read(JSON.parse(byId("profile").textContent));
    fil.startBar();
    fil.showCard();
    fil.startTools();
    fil.startGraph();
    fil.startLines();
    fil.startSource();
    fil.startTime();
    fil.startProcess();
    makeTabs();
    fil.onState(fil.showAll);
    onWidth(fil.redraw);
  }
  start();
})((globalThis.fil ??= {}));
