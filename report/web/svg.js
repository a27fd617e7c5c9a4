"use strict";
// Zoom by click (again on the root: all), search by Ctrl-F or /. Everything is already drawn; this
// only moves it.
(function () {
  var frames = [].slice.call(document.querySelectorAll("g.frame"));
  var margin = 10, width = 1200 - 2 * margin, character = 6.6;
  var items = frames.map(function (g) {
    var rects = [].slice.call(g.querySelectorAll("rect"));
    return { g: g, rects: rects, texts: [].slice.call(g.querySelectorAll("text")),
      x: +rects[0].getAttribute("x"), w: +rects[0].getAttribute("width"),
      y: +rects[0].getAttribute("y"), label: g.querySelector("title").textContent };
  });
  function zoom(target) {
    var scale = width / target.w;
    items.forEach(function (item) {
      var above = item.y < target.y, end = target.x + target.w;
      var covers = item.x <= target.x + .05 && item.x + item.w >= end - .05;
      var inside = item.x >= target.x - .05 && item.x + item.w <= target.x + target.w + .05;
      var shown = above ? covers : inside;
      item.g.style.display = shown ? "" : "none";
      if (!shown) return;
      var x = above ? margin : margin + (item.x - target.x) * scale,
        w = above ? width : item.w * scale;
      item.rects.forEach(function (r) { r.setAttribute("x", x); r.setAttribute("width", w); });
      item.texts.forEach(function (t) {
        if (t.dataset.full === undefined)
          t.dataset.full = t === item.texts[0]
            ? item.label.split(" (").slice(0, 2).join(" (") : t.textContent;
        var room = Math.floor((w - 6) / character), full = t.dataset.full;
        t.setAttribute("x", x + 3);
        t.textContent = full.length <= room ? full : room < 4 ? "" : full.slice(0, room - 2) + "..";
      });
    });
  }
  items.forEach(function (item) { item.g.addEventListener("click", function () { zoom(item); }); });
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape" && items.length) zoom(items[0]);
    if (!(event.key === "/" || ((event.ctrlKey || event.metaKey) && event.key === "f"))) return;
    event.preventDefault();
    var wanted = prompt("Search (function, file or source)", "") || "", held = [];
    items.forEach(function (item) {
      var parts = item.texts.map(function (t) { return t.dataset.full || t.textContent; });
      var text = item.label + parts.join(" ");
      var found = wanted !== "" && item !== items[0]
        && text.toLowerCase().indexOf(wanted.toLowerCase()) >= 0;
      item.g.classList.toggle("found", found);
      var end = item.x + item.w;
      if (found && !held.some(function (h) { return h.x <= item.x && h.x + h.w >= end; }))
        held.push(item);
    });
    var total = held.reduce(function (sum, item) { return sum + item.w; }, 0);
    var share = (total / (items.length ? items[0].w : 1) * 100).toFixed(1);
    document.getElementById("matched").textContent = wanted ? "Matched: " + share + "%" : "";
  });
})();
