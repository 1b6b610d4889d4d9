// What every simulated chat has in common: it follows one person's chat over the control API by long polls, and has a
// composer, a notice and a toast. A page brings what its platform is like.
//
// Everything that somebody wrote enters by text nodes alone, so nothing can become markup.

export const $ = (id) => document.getElementById(id);
export const asked = new URLSearchParams(location.search);

let toastTimer = 0;

export function toast(text) {
  if (!text) return;
  $("toast").textContent = text;
  $("toast").hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => ($("toast").hidden = true), 4000);
}

export async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    toast(error instanceof TypeError ? "The simulator does not answer. Is it still running?" : error.message);
    return null;
  }
}

export function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

export function clock(seconds) {
  const at = new Date(seconds * 1000);
  const time = make("time", "", at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
  time.dateTime = at.toISOString();
  time.title = at.toLocaleString();
  return time;
}

export function outward(element, address) {
  if (/^https?:/i.test(address)) element.href = address;
  element.target = "_blank";
  element.rel = "noopener noreferrer nofollow";
  return element;
}

export function button(className, text, work) {
  const element = make("button", className, text);
  element.type = "button";
  element.addEventListener("click", work);
  return element;
}

export function download(address, name) {
  const link = make("a", "", name);
  link.href = address;
  link.download = name;
  return make("div", "file", link);
}

async function call(path, options) {
  const answer = await fetch(path, options);
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error ?? `The simulator answered ${answer.status}.`);
  return body;
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 1500));

// `platform` says: `list`, where the control API lists whom one can write to, and `parameter`, which of the page's
// parameters names one of them by its `key`; `missing`, what to say when there is none; `address(account, person)`, the
// chat's path; `title(account)`; `remembered`, where the person's name is kept; `greeting`, the act of the start button;
// `said(text, editing)`, the act of a text; `render(state)`; `warning(state)`, what keeps messages from being answered;
// optionally `captions`, whether a file takes the text along, `fileQuery()`, and `ended()`, told when editing ends.
export class Conversation {
  constructor(platform) {
    this.platform = platform;
    this.account = null;
    this.editing = null;
    this.shown = new Map();
    this.base = "";
    // Resolved once the chat's path is known: what is done before goes out then.
    this.opened = new Promise((resolve) => {
      this.settle = resolve;
    });
    this.version = 0;
    this.nearEnd = true;
    this.#listen();
  }

  async act(what) {
    await this.opened;
    return call(this.base, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(what),
    });
  }

  toEnd() {
    $("log").scrollTop = $("log").scrollHeight;
  }

  // A picture grows when it has loaded; who was at the end stays there.
  picture(address, description) {
    const image = make("img", "picture");
    image.src = address;
    image.alt = description;
    image.addEventListener("load", () => this.nearEnd && this.toEnd());
    return image;
  }

  // Puts a message's row in place of what was shown of it, or at the end; gives it back.
  put(id, row, place = (fresh) => $("log").append(fresh)) {
    const before = this.shown.get(id);
    if (before) before.replaceWith(row);
    else place(row);
    this.shown.set(id, row);
    return row;
  }

  remove(id) {
    this.shown.get(id)?.remove();
    this.shown.delete(id);
  }

  startEdit(id, text) {
    this.editing = id;
    $("edit-line").hidden = false;
    $("text").value = text;
    $("text").focus();
    $("send").disabled = false;
  }

  endEdit() {
    this.editing = null;
    this.platform.ended?.();
    $("edit-line").hidden = true;
    $("text").value = "";
    $("send").disabled = true;
  }

  async begin() {
    for (;;) {
      try {
        await this.#open();
        return this.#follow();
      } catch (error) {
        $("status").textContent = error instanceof TypeError ? "not connected, trying again…" : error.message;
        await pause();
      }
    }
  }

  #person() {
    if (asked.get("as")) return asked.get("as");
    // Remembered, so that a reload finds the same chat.
    const kept = localStorage.getItem(this.platform.remembered);
    const name = kept ?? `Guest ${Math.floor(1000 + Math.random() * 9000)}`;
    localStorage.setItem(this.platform.remembered, name);
    return name;
  }

  async #open() {
    const { list, parameter, key, missing, address, title } = this.platform;
    const { items } = await call(list);
    this.account = items.find((item) => String(item[key]) === asked.get(parameter)) ?? items[0];
    if (!this.account) throw new Error(missing);
    this.base = address(this.account, encodeURIComponent(this.#person()));
    $("name").textContent = this.account.name;
    $("avatar").textContent = this.account.name.slice(0, 1).toUpperCase();
    document.title = title(this.account);
    this.settle();
  }

  async #follow() {
    let first = true;
    for (;;) {
      try {
        // A typing mark fades by itself, without a change to wait for: look again sooner while it shows.
        const wait = first ? 0 : $("typing").hidden ? 20 : 1;
        this.#render(await call(`${this.base}?after=${this.version}&wait=${wait}`));
        first = false;
      } catch {
        $("status").textContent = "not connected, trying again…";
        await pause();
      }
    }
  }

  #render(state) {
    const log = $("log");
    if (state.restarted) {
      this.shown.forEach((row) => row.remove());
      this.shown.clear();
    }
    this.nearEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
    this.platform.render(state);
    $("empty").hidden = this.shown.size > 0;
    $("typing").hidden = !state.typing;
    const warning = this.platform.warning(state);
    $("notice").textContent = warning;
    $("notice").hidden = !warning;
    if (this.nearEnd) this.toEnd();
    this.version = state.version;
  }

  async #submit() {
    const text = $("text").value.trim();
    if (!text) return;
    if (await attempt(() => this.act(this.platform.said(text, this.editing)))) this.endEdit();
    this.nearEnd = true;
    this.toEnd();
  }

  async #sendFile() {
    const chosen = $("file").files[0];
    $("file").value = "";
    if (!chosen) return;
    const headers = {
      "Content-Type": chosen.type || "application/octet-stream",
      "X-File-Name": encodeURIComponent(chosen.name),
      "X-Caption": encodeURIComponent($("text").value.trim()),
    };
    await this.opened;
    const path = `${this.base}/file${this.platform.fileQuery?.() ?? ""}`;
    const sent = await attempt(() => call(path, { method: "PUT", headers, body: chosen }));
    if (sent && this.platform.captions) this.endEdit();
  }

  #listen() {
    $("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    $("text").addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.#submit();
      } else if (event.key === "Escape" && !$("edit-line").hidden) {
        this.endEdit();
      }
    });
    $("text").addEventListener("input", () => ($("send").disabled = !$("text").value.trim()));
    $("attach").addEventListener("click", () => $("file").click());
    $("file").addEventListener("change", () => this.#sendFile());
    $("edit-cancel").addEventListener("click", () => this.endEdit());
    $("start").addEventListener("click", () => attempt(() => this.act(this.platform.greeting)));
    $("send").disabled = true;
  }
}

// The words of a warning that every platform has in common.
export function unanswered(account, what, state) {
  if (!account.webhook) return `No ${what} yet, so nobody answers. ${state.waiting} waiting.`;
  if (state.waiting && account.webhook_error) {
    return `The hub did not take the last message; the simulator tries again. ${account.webhook_error}`;
  }
  return "";
}
