// The search: which frames match, which boxes show or hide one, and what the matches hold together.
(function (fil) {
  "use strict";
  let wanted = "", matched = null, foundAt = null, inMatch = null, aboveMatch = null;

  const words = ({ name, file, line, source }) => `${name} ${file}:${line} ${source}`.toLowerCase();

  function matches(frame) {
    if (frame.kind === "root") return false;
    const name = wanted.slice(wanted.indexOf(":") + 1);
    const is = (other) => other.toLowerCase() === name;
    if (wanted.startsWith("package:")) return is(frame.package);
    if (wanted.startsWith("import:"))
      return frame.imports && (name === "" || is(frame.name.slice(7)));
    return (frame.text ??= words(frame)).includes(wanted);
  }

  fil.isSearching = () => matched !== null;

  // Which frames match, and which nodes of the tree are in or below, or in or above, one that does.
  fil.search = function (root, text) {
    const { tree: { count, parent, frame }, stands } = root.view;
    wanted = text.trim().toLowerCase();
    matched = null;
    if (wanted === "") return;
    matched = Uint8Array.from({ length: fil.frameCount() }, (_, id) => matches(fil.frame(id)));
    [foundAt, inMatch, aboveMatch] = [0, 0, 0].map(() => new Uint8Array(count));
    for (let i = 1; i < count; i++) {
      inMatch[i] = matched[frame[i]] || inMatch[parent[i]];
      if (matched[frame[i]]) foundAt[stands ? stands[i] : i] = 1;
    }
    for (let i = count - 1; i > 0; i--) {
      if (matched[frame[i]] || aboveMatch[i]) aboveMatch[i] = aboveMatch[parent[i]] = 1;
    }
  };

  // A box is found, too, where it stands for a frame that is, or is for what is too small and
  // hides one.
  fil.isFound = function (node) {
    if (!matched || node.kind === "group") return false;
    if (node.kind !== "rest") return node.ats.some((at) => foundAt[at]);
    const hides = (one) => one.ats.some((at) => (one.owners ? inMatch[at] : aboveMatch[at]));
    return node.children.some(hides);
  };

  // What the matches hold together: a match below another match is in its bytes already.
  fil.foundWords = function (root) {
    let bytes = 0, old = 0, found = 0;
    const { count, frame, sums: [own, rest, oldOwn, oldRest] } = root.view.tree;
    if (!matched) return "";
    for (let i = 1; i < count; i++) {
      if (!inMatch[i]) continue;
      if (matched[frame[i]]) found++;
      bytes += own[i] + rest[i];
      old += oldOwn[i] + oldRest[i];
    }
    if (!found) return "No match";
    const sizes = `${fil.mebibytes(old)} → ${fil.mebibytes(bytes)}`;
    const share = `${fil.mebibytes(bytes)}, ${fil.percent(bytes, fil.peak)}`;
    const held = fil.diff ? `${fil.signed(bytes - old)} (${sizes})` : share;
    return `${fil.count(found)} match${found === 1 ? "" : "es"}: ${held}`;
  };
})((globalThis.fil ??= {}));
