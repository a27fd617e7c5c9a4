// What the system sees: resident memory as an account that adds up, and mapped files.
(function (fil) {
  "use strict";
  const { byId, element, mebibytes } = fil;
  const LEAST = 52429; // it would read 0.0 MiB

  function account(r, untouched) {
    const peak = fil.profile.peak_bytes;
    const rest = r.rest_bytes < 0 ? "memory of before the recording, used again" : "not tracked: thread stacks, libraries' data, memory that allocators keep";
    return [
      [r.most_bytes, "Resident at most, of which:", "whole"],
      [peak - untouched, untouched ? `tracked and touched (${mebibytes(untouched)} more was asked for and never touched)` : "tracked"],
      [r.start_bytes, "there before the recording: the interpreter and what it had loaded"],
      [r.files_bytes, "pages of files that came since: libraries, mapped files"],
      [r.allocator_overhead_bytes, "what allocators add to the sizes asked for (an estimate)"],
      [r.profiler_bytes, "the profiler's own"],
      [r.rest_bytes, rest],
      [r.most_bytes - r.at_peak_bytes, "more at another moment"],
    ];
  }

  function fillResident() {
    const r = fil.profile.resident || {};
    if (!r.at_peak_bytes || fil.diff) return;
    byId("resident-section").hidden = false;
    byId("resident-intro").textContent = `The profiler counts what the program asked for: ${mebibytes(fil.profile.peak_bytes)} at the peak. ` +
      `The system counts what is in memory: ${mebibytes(r.at_peak_bytes)} around that peak, ${mebibytes(r.most_bytes)} at most.`;
    for (const [bytes, text, kind] of account(r, fil.profile.untouched_bytes || 0)) {
      if (!(Math.abs(bytes) >= LEAST)) continue;
      const bar = element("span", "bar");
      bar.style.width = Math.max(0, Math.min(100, (100 * bytes) / r.most_bytes)) + "%";
      byId("resident").tBodies[0].append(element("tr", kind || "", element("td", "", mebibytes(bytes)), element("td", "share", bar), element("td", "", text)));
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
      byId("files").tBodies[0].append(element("tr", "", element("td", "", mebibytes(file.mapped_bytes || 0)), element("td", "", mebibytes(file.resident_bytes || 0)), where));
    }
  }

  fil.startProcess = function () {
    fillResident();
    fillFiles();
    fillChildren();
  };
})((globalThis.fil ??= {}));
