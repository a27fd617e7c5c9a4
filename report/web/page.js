// The page of one profile, put together. Everything is drawn from the JSON in the page, as elements with text; no network, no library.
(function (fil) {
  "use strict";
  const { byId, element, mebibytes } = fil;
  const embedded = document.documentElement.dataset.mode === "embed";

  // ---- how much

  function fact(title, ...contents) {
    byId("facts").append(element("div", "", element("dt", "", title), element("dd", "", ...contents)));
  }

  function moment() {
    const when = fil.profile.peak_at_seconds;
    if (fil.profile.kind === "out-of-memory") return " at that time" + (fil.profile.requested_bytes ? ", with what was asked for last" : "");
    return " at the peak" + (typeof when === "number" ? `, ${fil.seconds(when)} after the start` : "");
  }

  const arrow = (...steps) => steps.filter((step) => typeof step === "number").map(mebibytes).join(" → ");

  function facts() {
    const { profile } = fil, r = profile.resident || {}, largest = fil.largestLine();
    if (typeof profile.live_bytes === "number") fact("Tracked before → peak → after", arrow(0, profile.peak_bytes, profile.live_bytes));
    if (r.at_peak_bytes) fact("Resident before → at the peak", arrow(r.start_bytes, r.at_peak_bytes), element("small", "", ` ${mebibytes(r.most_bytes)} at most`));
    if (largest && largest.own > 0) {
      const words = `${largest.title} ${fil.short(largest.place)}`;
      fact("Largest line", `${fil.percent(largest.own, fil.peak)} `, fil.button(words, "pick", () => fil.find(largest.words, null)));
    }
  }

  // The command line, of the interpreter's path only its name.
  const commandOf = (one) => (one.command || []).map((word, i) => (i ? word : word.replace(/^\/.*\//, ""))).join(" ");

  function howMuch() {
    const { profile } = fil, untouched = profile.untouched_bytes || 0;
    const words = untouched * 10 > fil.peak ? ` asked for${moment()}, ${mebibytes(untouched)} of it never touched` : ` held${moment()}`;
    byId("summary").replaceChildren(element("strong", "", mebibytes(profile.peak_bytes)), words);
    const about = [commandOf(profile), profile.seconds ? `recorded for ${fil.seconds(profile.seconds)}` : "", profile.python ? `Python ${profile.python}` : ""];
    byId("command").textContent = about.filter(Boolean).join(" · ");
    facts();
  }

  function side(title, one) {
    const started = one.started ? new Date(one.started * 1000).toLocaleString() : "";
    fact(title, mebibytes(one.peak_bytes || 0), element("small", "", ` ${commandOf(one)} ${started}`.trimEnd()));
  }

  function whatChanged() {
    const by = fil.peak - fil.oldPeak, grew = by > 0 ? "more" : "less";
    document.title = `Change of the Peak (${fil.signed(by)})`;
    byId("summary").replaceChildren(element("strong", by > 0 ? "more" : by < 0 ? "less" : "", fil.signed(by)), by ? ` ${grew} held at the peak` : " held at the peak: no change",
      element("small", "", ` ${arrow(fil.oldPeak, fil.peak)}, `, fil.growth(fil.oldPeak, fil.peak)));
    side("Before", fil.profile.old || {});
    side("After", fil.profile.new || {});
    byId("graph-heading").textContent = "Where it changed";
    byId("lines-heading").textContent = "Lines that grew and shrank";
  }

  // ---- what no line holds, and what the colours say

  fil.stackless = function () {
    const bytes = fil.base.sums[0][0];
    return bytes * 2000 > fil.peak ? `${mebibytes(bytes)} of it without a Python stack` : "";
  };

  const SMALL = { rest: "too small to draw" };
  const COLOURS = { own: "own code", lib: "libraries", std: "Python's own", ...SMALL };
  const CHANGES = { grew: "+ holds more", shrank: "− holds less", same: "± no change", ...SMALL };

  // `smaller`: whether anything is too small to be drawn by itself.
  fil.showLegend = function (smaller) {
    const words = fil.diff ? CHANGES : COLOURS;
    const kinds = new Set();
    for (let id = 1; id < fil.frameCount(); id++) kinds.add(fil.codeOf(id));
    const isThere = (kind) => (kind === "rest" ? smaller : fil.diff || kinds.has(kind));
    const swatch = (kind) => element("span", "", element("i", `swatch ${kind}`), words[kind]);
    const there = Object.keys(words).filter(isThere);
    byId("legend").hidden = there.length < 2;
    byId("legend").replaceChildren(...there.map(swatch));
  };

  // ---- the sections: below each other on a page, one at a time in a notebook, where there is little room

  const sections = () => [...document.querySelectorAll("main > section")].filter((section) => !section.hidden);

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
    if (embedded) select(id);
    else byId(id).scrollIntoView({ block: "nearest" });
    if (target) target.focus({ preventScroll: target.getBoundingClientRect().width > 0 && id === "graph-section" });
  };

  function makeTabs() {
    const tabs = byId("tabs");
    tabs.hidden = !embedded || sections().length < 2;
    if (!embedded) return;
    for (const section of sections().sort((a, b) => (b.id === "graph-section") - (a.id === "graph-section"))) {
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

  function start() {
    fil.read(JSON.parse(byId("profile").textContent));
    if (fil.diff) whatChanged();
    else howMuch();
    byId("reason").textContent = (fil.profile.reason || {}).text || "";
    byId("reason").hidden = !byId("reason").textContent;
    fil.startGraph();
    fil.startLines();
    fil.startSource();
    fil.startTime();
    fil.startProcess();
    makeTabs();
    let timer = 0, width = innerWidth;
    addEventListener("resize", function () {
      clearTimeout(timer);
      timer = setTimeout(() => { if (innerWidth !== width) { width = innerWidth; fil.redraw(); } }, 100);
    });
  }
  start();
})((globalThis.fil ??= {}));
