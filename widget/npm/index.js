// Puts the bubble's script on the page and hands out its methods. The script itself always comes from your hub.

const METHODS = ["open", "close", "toggle", "ask", "identify", "setLocale", "setTheme", "destroy"];

function call(name, args) {
  window.Switchboard ??= [];
  window.Switchboard.push([name, ...args]);
}

export function embed({ hub, site, locale, theme, title, nonce }) {
  if (!document.querySelector("script[data-site]") && !document.querySelector("switchboard-chat")) {
    const script = document.createElement("script");
    script.src = new URL("widget.js", hub.endsWith("/") ? hub : `${hub}/`).href;
    script.async = true;
    Object.assign(script.dataset, { site, ...(locale && { locale }), ...(theme && { theme }), ...(title && { title }) });
    if (nonce) script.nonce = nonce;
    document.head.append(script);
  }
  const api = Object.fromEntries(METHODS.map((name) => [name, (...args) => call(name, args)]));
  return {
    ...api,
    on(event, handler) {
      let wanted = true;
      call("on", [event, (value) => wanted && handler(value)]);
      return () => {
        wanted = false;
      };
    },
    destroy() {
      call("destroy", []);
      document.querySelector("script[data-site]")?.remove();
    },
  };
}
