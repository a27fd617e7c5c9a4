// Process memory (RSS) as an account that adds up, and mapped files.
(function (fil) {
  "use strict";
  const { byId, element, mebibytes } = fil;

  function fact(title, ...steps) {
    const text = steps.map(mebibytes).join(" → ");
    byId("facts").append(element("div", "", element("dt", "", title), element("dd", "", text)));
  }

  function fillFacts() {
    const { profile } = fil, { end, live_bytes: left, resident: r = {} } = profile;
    const last = end ? end.bytes : left;
    if (typeof last === "number")
      fact("Allocated, used or not: start → peak → end", 0, profile.peak_bytes, last);
    if (r.at_peak_bytes) fact("Process memory: start → peak", r.start_bytes, r.at_peak_bytes);
  }

  function fillResident() {
    const r = fil.profile.resident || {}, account = fil.profile.account || [];
    const rows = byId("resident").tBodies[0];
    if (!account.length || fil.diff) return;
    byId("resident-section").hidden = false;
    const reserved = fil.profile.reserved_bytes || 0;
    if (reserved >= 1048576) byId("resident-intro").textContent
      = `Libraries reserved ${mebibytes(reserved)} and never used it.`;
    fillFacts();
    const when = r.at_most ? ` ${fil.seconds(r.at_most.at_seconds)} after the start,` : "";
    const whole = [r.most_bytes, `Process memory at most,${when} of which:`];
    for (const [bytes, text] of [whole, ...account]) {
      const bar = element("span", "bar"), share = element("td", "share", bar);
      bar.style.width = Math.max(0, Math.min(100, (100 * bytes) / r.most_bytes)) + "%";
      const cells = [element("td", "", mebibytes(bytes)), share, element("td", "", text)];
      rows.append(element("tr", rows.rows.length ? "" : "whole", ...cells));
    }
  }

  function fillChildren() {
    const { count, is_large, text } = fil.profile.children || {};
    if (!count || fil.diff) return;
    byId(is_large ? "children" : "few-children").textContent = text;
    byId(is_large ? "children" : "few-children").hidden = false;
  }

  const nameOf = ({ name, file, line }) => (line ? `${name} ${fil.short(file)}:${line}` : name);
  const stackOf = (frames) => frames.map(nameOf).join(" > ") || "no Python stack";

  function fillFiles() {
    const files = [...(fil.profile.files || [])].sort((a, b) => b.mapped_bytes - a.mapped_bytes);
    byId("files-section").hidden = !files.length;
    for (const file of files.slice(0, 100)) {
      const frames = fil.stackOf(file.node), source = (frames.at(-1) || {}).source || "";
      const stack = element("span", "", stackOf(frames)), code = element("code", "", source);
      const [first, second] = [element("br"), element("br")];
      const where = element("td", "", element("b", "", file.path), first, stack, second, code);
      byId("files").tBodies[0].append(element("tr", "",
        element("td", "", mebibytes(file.mapped_bytes || 0)),
        element("td", "", mebibytes(file.resident_bytes || 0)), where));
    }
  }

  fil.startProcess = function () {
    fillResident();
    fillFiles();
    fillChildren();
  };
})((globalThis.fil ??= {}));
