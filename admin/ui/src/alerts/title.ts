// The browser's tab: the page's name, how many wait before it, and a dot on the icon.

let page = "";
let count = 0;

export function titleFor(name: string, waiting: number): string {
  const rest = name ? `${name} · Switchboard` : "Switchboard";
  return waiting > 0 ? `(${waiting > 99 ? "99+" : waiting}) ${rest}` : rest;
}

function show(): void {
  document.title = titleFor(page, count);
  const icon = document.getElementById("favicon");
  const wanted = `${import.meta.env.BASE_URL}${count > 0 ? "mark-unread.svg" : "mark.svg"}`;
  if (icon instanceof HTMLLinkElement && icon.getAttribute("href") !== wanted) icon.setAttribute("href", wanted);
}

export function setPageTitle(name: string): void {
  page = name;
  show();
}

export function setWaiting(waiting: number): void {
  if (waiting === count) return;
  count = waiting;
  show();
}
