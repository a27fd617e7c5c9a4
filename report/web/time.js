// Memory over time: a strip with the peak marked, read with the mouse or the arrow keys. The
// process's resident memory is a line through the periods in which it was read; between them it
// isn't known.
(function (fil) {
  "use strict";
  const { byId, element, mebibytes, seconds } = fil;
  const MIB = 1048576, ABOUT = 8;
  let bytes = [], resident = [], bucket = 0, top = 1, length = 1, at = 0;

  // Where things stand, in hundredths of the strip.
  const left = (time) => +Math.min(100, (100 * time) / length).toFixed(3);
  const bottom = (value) => +((100 * Math.max(0, value)) / top).toFixed(3);
  const inStrip = (i) => Math.max(0, Math.min(bytes.length - 1, i));
  const periodOf = (time) => inStrip(Math.floor(time / bucket));
  const momentOf = (i) => (i + 0.5) * bucket;

  // ---- the two lines

  // Each period's resident memory, null where it wasn't read, with the three moments that the
  // account of it tells of.
  function readResident(given = []) {
    const r = fil.profile.resident || {}, most = r.at_most || {};
    resident = bytes.map((_, i) => given[i] || null);
    const points = [[0, r.start_bytes], [fil.profile.peak_at_seconds, r.at_peak_bytes],
      [most.at_seconds, most.bytes]];
    for (const [time, held] of points) {
      const period = periodOf(time);
      if (held > resident[period]) resident[period] = held;
    }
  }

  // The most of each period, as steps.
  function path(className, values, begin, end) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", "path");
    const level = (value, i) =>
      `L${left(i * bucket)} ${100 - bottom(value)}H${left((i + 1) * bucket)}`;
    const steps = values.map((value, i) => (value === null ? "" : level(value, i))).join("");
    made.setAttribute("class", className);
    made.setAttribute("d", begin + (begin ? steps : steps.replace("L", "M")) + end);
    byId("drawing").append(made);
  }

  function draw() {
    path("area", bytes, "M0 100", "V100Z");
    path("edge", bytes, "M0 100", "");
    path("edge rss", resident, "", "");
    byId("strip").setAttribute("aria-valuemax", String(bytes.length - 1));
  }

  // Where the headline has another figure, the strip says what its own are of.
  function explain(peak) {
    const { untouched_bytes: never = 0, resident: r = {} } = fil.profile;
    const differs = mebibytes(fil.inUse(peak, never)) !== mebibytes(peak);
    byId("counted").textContent = differs
      ? `allocated; at the peak ${mebibytes(never)} of it was never used` : "in use";
    mark(`peak ${mebibytes(peak)}${differs ? " allocated" : ""}`);
    byId("measured").hidden = !resident.some(Boolean);
    if (r.most_bytes) byId("measured").append(`, ${mebibytes(r.most_bytes)} at most`);
  }

  // ---- what is pointed at

  // As it was last read.
  function residentAt(period) {
    const known = resident.findLastIndex((held, i) => held && i <= period);
    if (known < 0) return "";
    const when = known < period ? ` (read at ${seconds(momentOf(known))})` : "";
    return `; process memory ${mebibytes(resident[known])}${when}`;
  }

  function point(i) {
    at = inStrip(i);
    const words = `${mebibytes(bytes[at])} at ${seconds(momentOf(at))}${residentAt(at)}`;
    const strip = byId("strip");
    strip.setAttribute("aria-valuenow", String(at));
    strip.setAttribute("aria-valuetext", words);
    byId("cursor").style.left = `${left(momentOf(at))}%`;
    byId("reading").textContent = words;
  }

  // The period of the peak: the one it is said to be in, else the first of the highest.
  function peakPeriod() {
    const said = fil.profile.peak_at_seconds;
    return typeof said === "number" ? periodOf(said) : bytes.indexOf(Math.max(...bytes));
  }

  function mark(words) {
    const made = byId("peak-mark"), share = left(momentOf(peakPeriod())),
      label = element("span", "", words);
    made.style.left = `${share}%`;
    label.style.transform = `translateX(-${share}%)`;
    made.replaceChildren(label);
  }

  // ---- axes: a few round figures

  const stepOf = (size, steps) => steps.find((step) => size / step <= ABOUT) || steps.at(-1);
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
    made.style[name] = `${where}%`;
    return made;
  }

  function drawAxes() {
    const step = stepOf(length, timeSteps()),
      high = stepOf((2 * top) / MIB, roundSteps(top / MIB)) * MIB;
    const times = [], levels = [];
    for (let i = 0; i * step <= length; i++)
      times.push(tick("tick", "left", left(i * step), word(i * step)));
    for (let i = 0; i * high <= top && top >= MIB; i++)
      levels.push(tick("level", "bottom", bottom(i * high), `${+(i * high / MIB).toFixed(3)} MiB`));
    if (parseFloat(times.at(-1).style.left) > 94) times.at(-1).classList.add("late");
    byId("times").replaceChildren(...times);
    byId("levels").replaceChildren(...levels);
  }

  function listen() {
    const strip = byId("strip"), page = Math.ceil(bytes.length / 20);
    strip.addEventListener("pointermove", function (event) {
      const box = strip.getBoundingClientRect();
      strip.classList.add("read");
      point(periodOf(((event.clientX - box.left) / box.width) * length));
    });
    strip.addEventListener("pointerleave", () => strip.classList.remove("read"));
    strip.addEventListener("keydown", function (event) {
      const steps = { ArrowLeft: -1, ArrowRight: 1, PageDown: -page, PageUp: page, Home: -Infinity,
        End: Infinity };
      if (!(event.key in steps)) return;
      event.preventDefault();
      point(at + steps[event.key]);
    });
  }

  fil.startTime = function () {
    const line = fil.profile.timeline, peak = fil.profile.peak_bytes || 0;
    if (!line || !Array.isArray(line.bytes) || line.bytes.length < 2
      || !(line.bucket_seconds > 0)) return;
    bytes = line.bytes.map(Number);
    bucket = line.bucket_seconds;
    length = bytes.length * bucket;
    readResident(line.resident_bytes);
    top = [...bytes, peak, ...resident].reduce((a, b) => Math.max(a, b), 1) * 1.04;
    byId("time-section").hidden = false;
    byId("date").textContent = fil.dateOf(fil.profile.started);
    draw();
    drawAxes();
    explain(peak);
    point(peakPeriod());
    listen();
  };
})((globalThis.fil ??= {}));
