// The page's own buttons: light or dark, the moment, help.
(function (fil) {
  "use strict";
  const { byId } = fil, root = document.documentElement;
  const THEMES = ["auto", "light", "dark"], SIGNS = { auto: "◐", light: "☀", dark: "☾" };
  const given = root.dataset.theme;

  function showTheme() {
    const { theme } = fil.state, name = `Colours: ${theme === "auto" ? "as the system's" : theme}`;
    if (theme === "auto" && given) root.dataset.theme = given;
    else if (theme === "auto") delete root.dataset.theme;
    else root.dataset.theme = theme;
    byId("theme").textContent = SIGNS[theme];
    byId("theme").setAttribute("aria-label", name);
    byId("theme").title = name;
  }

  function nextTheme() {
    fil.keep({ theme: THEMES[(THEMES.indexOf(fil.state.theme) + 1) % THEMES.length] });
    showTheme();
    fil.say(byId("theme").title);
  }

  function showMoment() {
    byId("moment").hidden = !fil.hasEnd();
    if (fil.hasEnd() && fil.profile.end.now) byId("end").textContent = "Now";
    byId("peak").setAttribute("aria-pressed", String(!fil.atEnd));
    byId("end").setAttribute("aria-pressed", String(fil.atEnd));
  }

  function openHelp() {
    if (!byId("help").open) byId("help").showModal();
  }

  fil.showBar = function () {
    showTheme();
    showMoment();
  };

  fil.startBar = function () {
    byId("theme").addEventListener("click", nextTheme);
    for (const moment of ["peak", "end"]) {
      byId(moment).addEventListener("click", function () {
        fil.keep({ moment });
        fil.showAll();
      });
    }
    byId("help-button").addEventListener("click", openHelp);
    byId("help-close").addEventListener("click", () => byId("help").close());
    document.addEventListener("keydown", function (event) {
      const isTyping = /^(input|select|textarea)$/i.test(event.target.tagName || "");
      if (event.key === "?" && !isTyping) openHelp();
    });
    fil.showBar();
  };
})((globalThis.fil ??= {}));
