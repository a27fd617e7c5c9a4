// Live memory over time: a strip with the peak marked, read with the mouse or the arrow keys.
(function (fil) {
  "use strict";
  const { byId, element, mebibytes, seconds } = fil;
  const WIDE = 1000, HIGH = 100;
  let bytes = [], bucket = 0, top = 1, at = 0;

  function svg(tag, attributes) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const name in attributes) made.setAttribute(name, attributes[name]);
    return made;
  }

  // The most of each period, as steps.
  function outline() {
    const step = WIDE / bytes.length, height = (value) => (HIGH - (HIGH * Math.max(0, value)) / top).toFixed(2);
    return bytes.map((value, i) => `L${(i * step).toFixed(2)} ${height(value)}H${((i + 1) * step).toFixed(2)}`).join("");
  }

  const momentOf = (i) => (i + 0.5) * bucket;

  function point(i) {
    at = Math.max(0, Math.min(bytes.length - 1, i));
    const words = `${mebibytes(bytes[at])} at ${seconds(momentOf(at))}`, strip = byId("strip");
    strip.setAttribute("aria-valuenow", String(at));
    strip.setAttribute("aria-valuetext", words);
    byId("cursor").style.left = (100 * (at + 0.5)) / bytes.length + "%";
    byId("reading").textContent = words;
  }

  // The period of the peak: the one it is said to be in, else the first of the highest.
  function peakPeriod() {
    const said = fil.profile.peak_at_seconds;
    if (typeof said === "number") return Math.max(0, Math.min(bytes.length - 1, Math.floor(said / bucket)));
    return bytes.indexOf(Math.max(...bytes));
  }

  function mark(period) {
    const left = (100 * (period + 0.5)) / bytes.length, made = byId("peak-mark");
    made.style.left = left + "%";
    made.classList.toggle("late", left > 60);
    made.replaceChildren(element("span", "", `peak ${mebibytes(fil.peak)}`));
  }

  function listen() {
    const strip = byId("strip");
    strip.addEventListener("pointermove", function (event) {
      const { left, width } = strip.getBoundingClientRect();
      strip.classList.add("read");
      point(Math.floor(((event.clientX - left) / width) * bytes.length));
    });
    strip.addEventListener("pointerleave", () => strip.classList.remove("read"));
    strip.addEventListener("keydown", function (event) {
      const steps = { ArrowLeft: -1, ArrowRight: 1, PageDown: -Math.ceil(bytes.length / 20), PageUp: Math.ceil(bytes.length / 20), Home: -Infinity, End: Infinity };
      if (!(event.key in steps)) return;
      event.preventDefault();
      point(at + steps[event.key]);
    });
  }

  fil.startTime = function () {
    const line = fil.profile.timeline;
    if (!line || !Array.isArray(line.bytes) || line.bytes.length < 2 || !(line.bucket_seconds > 0)) return;
    bytes = line.bytes.map(Number);
    bucket = line.bucket_seconds;
    top = bytes.reduce((a, b) => Math.max(a, b), fil.peak) || 1;
    byId("time-section").hidden = false;
    const drawing = svg("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, preserveAspectRatio: "none", "aria-hidden": "true" });
    drawing.append(svg("path", { class: "area", d: `M0 ${HIGH}${outline()}V${HIGH}Z` }), svg("path", { class: "edge", d: `M0 ${HIGH}${outline()}` }));
    byId("strip").prepend(drawing);
    byId("strip").setAttribute("aria-valuemax", String(bytes.length - 1));
    byId("time-end").textContent = seconds(Math.max(fil.profile.seconds || 0, 0) || bytes.length * bucket);
    mark(peakPeriod());
    point(peakPeriod());
    listen();
  };
})((globalThis.fil ??= {}));
