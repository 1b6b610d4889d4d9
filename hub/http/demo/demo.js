// Calls made before the bubble has loaded wait in this queue.
window.Switchboard = window.Switchboard || [];
for (const button of document.querySelectorAll("[data-open]")) {
  button.addEventListener("click", () => window.Switchboard.push(["open"]));
}
for (const button of document.querySelectorAll("[data-ask]")) {
  button.addEventListener("click", () => window.Switchboard.push(["ask", button.textContent]));
}
