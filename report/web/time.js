// Memory over time: a strip with the peak marked, read with the mouse or the arrow keys; the process's
// resident memory stands there as the points at which it is known.
(function (fil) {
  "use strict";
  const { byId, element, mebibytes, seconds } = fil;
  const WIDE = 1000, HIGH = 100, MIB = 1048576, ABOUT = 8;
  let bytes = [], bucket = 0, top = 1, length = 1, at = 0;

  function svg(tag, attributes) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const name in attributes) made.setAttribute(name, attributes[name]);
    return made;
  }

  const left = (time) => `${Math.max(0, Math.min(100, (100 * time) / length)).toFixed(3)}%`;
  const bottom = (value) => `${((100 * Math.max(0, value)) / top).toFixed(3)}%`;

  // The most of each period, as steps.
  function outline() {
    const step = (WIDE * bucket) / length;
    const height = (value) => (HIGH - (HIGH * Math.max(0, value)) / top).toFixed(2);
    const level = (value, i) => `L${(i * step).toFixed(2)} ${height(value)}H${((i + 1) * step).toFixed(2)}`;
    return bytes.map(level).join("");
  }

  const momentOf = (i) => (i + 0.5) * bucket;

  function point(i) {
    at = Math.max(0, Math.min(bytes.length - 1, i));
    const words = `${mebibytes(bytes[at])} at ${seconds(momentOf(at))}`, strip = byId("strip");
    strip.setAttribute("aria-valuenow", String(at));
    strip.setAttribute("aria-valuetext", words);
    byId("cursor").style.left = left(momentOf(at));
    byId("reading").textContent = words;
  }

  // The period of the peak: the one it is said to be in, else the first of the highest.
  function peakPeriod() {
    const said = fil.profile.peak_at_seconds;
    if (typeof said === "number") return Math.max(0, Math.min(bytes.length - 1, Math.floor(said / bucket)));
    return bytes.indexOf(Math.max(...bytes));
  }

  function mark(period) {
    const made = byId("peak-mark");
    made.style.left = left(momentOf(period));
    made.classList.toggle("late", period > 0.4 * bytes.length);
    made.replaceChildren(element("span", "", `peak ${mebibytes(fil.profile.peak_bytes || 0)}`));
  }

  // ---- axes: a few round figures

  function stepOf(size, steps) {
    return steps.find((step) => size / step <= ABOUT) || steps.at(-1);
  }
  function roundSteps(most) {
    const all = [];
    for (let ten = 0.001; ten <= most; ten *= 10) all.push(ten, 2 * ten, 5 * ten);
    return all;
  }

  function timeSteps() {
    const longer = [60, 120, 300, 600, 1200, 1800, 3600, 7200, 21600, 43200, 86400];
    return [...roundSteps(length).filter((step) => step <= 20), 30, ...longer];
  }

  const word = (time) => (time < 60 ? `${+time.toFixed(3)} s` : seconds(time));

  function tick(className, name, where, words) {
    const made = element("span", className, element("span", "", words));
    made.style[name] = where;
    return made;
  }

  function drawAxes() {
    const step = stepOf(length, timeSteps()), high = stepOf((2 * top) / MIB, roundSteps(top / MIB)) * MIB;
    const times = [], levels = [];
    for (let i = 0; i * step <= length; i++) times.push(tick("tick", "left", left(i * step), word(i * step)));
    for (let i = 0; i * high <= top && top >= MIB; i++) levels.push(tick("level", "bottom", bottom(i * high), `${+(i * high / MIB).toFixed(3)} MiB`));
    if (times.length && 100 - parseFloat(times.at(-1).style.left) < 6) times.at(-1).classList.add("late");
    byId("times").replaceChildren(...times);
    byId("levels").replaceChildren(...levels);
  }

  // ---- what is known of the process: its memory at three moments

  function measured() {
    const r = fil.profile.resident || {}, most = r.at_most || {}, peak = fil.profile.peak_at_seconds;
    const all = [[0, r.start_bytes], [peak, r.at_peak_bytes], [most.at_seconds, most.bytes]];
    const known = all.filter(([time, held]) => typeof time === "number" && held > 0);
    return known.filter(([, held], i) => !i || mebibytes(held) !== mebibytes(known[i - 1][1]));
  }

  function drawMeasured() {
    const known = measured();
    byId("measured").hidden = !known.length;
    const words = known.map(([time, held]) => `${mebibytes(held)} at ${seconds(time)}`).join(", ");
    byId("measured").append(` Process memory (RSS), where it is known: ${words}`);
    for (const [time, held] of known) {
      const dot = element("i", "dot");
      dot.style.left = left(time);
      dot.style.bottom = bottom(held);
      byId("strip").append(dot);
    }
  }

  function listen() {
    const strip = byId("strip"), page = Math.ceil(bytes.length / 20);
    strip.addEventListener("pointermove", function (event) {
      const box = strip.getBoundingClientRect();
      strip.classList.add("read");
      point(Math.floor((((event.clientX - box.left) / box.width) * length) / bucket));
    });
    strip.addEventListener("pointerleave", () => strip.classList.remove("read"));
    strip.addEventListener("keydown", function (event) {
      const steps = { ArrowLeft: -1, ArrowRight: 1, PageDown: -page, PageUp: page, Home: -Infinity, End: Infinity };
      if (!(event.key in steps)) return;
      event.preventDefault();
      point(at + steps[event.key]);
    });
  }

  function draw() {
    const drawing = svg("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, preserveAspectRatio: "none", "aria-hidden": "true" });
    const end = ((WIDE * bucket * bytes.length) / length).toFixed(2), line = `M0 ${HIGH}${outline()}`;
    drawing.append(svg("path", { class: "area", d: `${line}L${end} ${HIGH}Z` }), svg("path", { class: "edge", d: line }));
    byId("strip").prepend(drawing);
    byId("strip").setAttribute("aria-valuemax", String(bytes.length - 1));
  }

  fil.startTime = function () {
    const line = fil.profile.timeline;
    if (!line || !Array.isArray(line.bytes) || line.bytes.length < 2 || !(line.bucket_seconds > 0)) return;
    bytes = line.bytes.map(Number);
    bucket = line.bucket_seconds;
    length = bytes.length * bucket;
    const highest = [...bytes, fil.profile.peak_bytes || 0, ...measured().map(([, held]) => held)];
    top = highest.reduce((a, b) => Math.max(a, b), 1) * 1.04;
    byId("time-section").hidden = false;
    const words = [fil.dateOf(fil.profile.started), fil.profile.untouched_bytes ? "what was asked for" : ""];
    byId("date").textContent = words.filter(Boolean).join(" · ");
    draw();
    drawAxes();
    drawMeasured();
    mark(peakPeriod());
    point(peakPeriod());
    listen();
  };
})((globalThis.fil ??= {}));
