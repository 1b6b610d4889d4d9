// Before anything is painted: the theme this person chose, else the machine's.
(function () {
  var chosen = "auto";
  try {
    chosen = JSON.parse(localStorage.getItem("switchboard.settings") || "{}").theme || "auto";
  } catch (e) {
    // Storage is closed or holds something else: the machine's theme it is.
  }
  var dark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
})();
