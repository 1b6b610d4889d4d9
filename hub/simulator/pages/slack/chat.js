// The simulated Slack: follows one person's conversation over the control API, by long polls.

import { mrkdwn } from "./mrkdwn.js";

const $ = (id) => document.getElementById(id);
const asked = new URLSearchParams(location.search);
const channel = asked.get("channel");
const shown = new Map();
const THUMB = "+1";
const EMOJI = { "+1": "\u{1f44d}", thumbsup: "\u{1f44d}", "-1": "\u{1f44e}", heart: "\u2764\ufe0f", eyes: "\u{1f440}" };
let app = null;
let base = "";
let version = 0;
let editing = null;
let thread = null;
let toastTimer = 0;
let nearEnd = true;

function personName() {
  if (asked.get("as")) return asked.get("as");
  // Remembered, so that a reload finds the same chat.
  const kept = localStorage.getItem("simulated-person");
  const name = kept ?? `Guest ${Math.floor(1000 + Math.random() * 9000)}`;
  localStorage.setItem("simulated-person", name);
  return name;
}

async function call(path, options) {
  const answer = await fetch(path, options);
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error ?? `The simulator answered ${answer.status}.`);
  return body;
}

async function act(what) {
  const headers = { "Content-Type": "application/json" };
  return call(base, { method: "POST", headers, body: JSON.stringify(what) });
}

function toast(text) {
  $("toast").textContent = text;
  $("toast").hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => ($("toast").hidden = true), 4000);
}

async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    toast(error instanceof TypeError ? "The simulator does not answer. Is it still running?" : error.message);
    return null;
  }
}

function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

function outward(element, href) {
  if (/^https?:/i.test(href)) element.href = href;
  element.target = "_blank";
  element.rel = "noopener noreferrer nofollow";
  return element;
}

function clock(ts) {
  const at = new Date(Number(ts) * 1000);
  const time = make("time", "", at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
  time.dateTime = at.toISOString();
  time.title = at.toLocaleString();
  return time;
}

function words(text) {
  return make("div", "body", ...mrkdwn(text, { ...app.people, [app.bot]: app.name }));
}

function button(told, ts) {
  if (told.url) {
    const link = outward(make("a", "key", told.text.text), told.url);
    link.addEventListener("click", () => attempt(() => act({ act: "tap", text: told.text.text, ts })));
    return link;
  }
  const key = make("button", "key", told.text.text);
  key.type = "button";
  key.addEventListener("click", () => attempt(() => act({ act: "tap", text: told.value, ts })));
  return key;
}

function menu(told, ts) {
  const select = make("select", "menu", new Option(told.placeholder?.text ?? "Choose", ""));
  select.setAttribute("aria-label", "Choose");
  for (const option of told.options) select.append(new Option(option.text.text, option.value));
  select.addEventListener("change", () => attempt(() => act({ act: "tap", text: select.value, ts })));
  return select;
}

function block(told, ts) {
  if (told.type === "section") return words(told.text?.text ?? "");
  if (told.type === "actions") {
    return make("div", "keys", ...told.elements.map((e) => (e.type === "button" ? button(e, ts) : menu(e, ts))));
  }
  // The picture itself lies elsewhere; this page fetches nothing from outside.
  if (told.type === "image") return make("div", "file", outward(make("a", "", told.alt_text), told.image_url));
  return make("div", "body", told.text?.text ?? told.text ?? "");
}

function file(told) {
  if (told.picture) {
    const image = make("img", "picture");
    image.src = told.address;
    image.alt = told.name;
    image.addEventListener("load", () => nearEnd && toEnd());
    return image;
  }
  const link = make("a", "", told.name);
  link.href = told.address;
  link.download = told.name;
  return make("div", "file", link);
}

function tool(label, name, work) {
  const element = make("button", "text-button", label);
  element.type = "button";
  element.setAttribute("aria-label", name);
  element.addEventListener("click", work);
  return element;
}

function head(message) {
  const line = make("div", "head", make("span", "name", message.name));
  if (message.bot) line.append(make("span", "app", "APP"));
  line.append(clock(message.ts));
  if (message.edited) line.append(make("span", "edited", "edited"));
  const tools = make("span", "tools");
  const reacted = message.reacted.includes(THUMB);
  const turn = { act: reacted ? "unreact" : "react", ts: message.ts, text: THUMB };
  tools.append(tool(EMOJI[THUMB], reacted ? "Take thumbs up back" : "Thumbs up", () => attempt(() => act(turn))));
  tools.append(tool("Reply", "Reply in thread", () => startThread(message)));
  if (message.mine) {
    tools.append(tool("Edit", "Edit", () => startEdit(message)));
    tools.append(tool("Delete", "Delete", () => attempt(() => act({ act: "delete", ts: message.ts }))));
  }
  line.append(tools);
  return line;
}

function bubble(message) {
  const inside = make("div", "bubble", head(message));
  if (message.blocks?.length) inside.append(...message.blocks.map((told) => block(told, message.ts)));
  else if (message.text) inside.append(words(message.text));
  inside.append(...message.files.map(file));
  const reactions = Object.entries(message.reactions).map(([name, people]) =>
    make("span", "reaction", `${EMOJI[name] ?? `:${name}:`} ${people.length}`),
  );
  if (reactions.length) inside.append(make("div", "reactions", ...reactions));
  return inside;
}

const toEnd = () => ($("log").scrollTop = $("log").scrollHeight);

function place(row, message) {
  // A reply stands under the last one of its thread, the rest at the end.
  const root = message.thread_ts && message.thread_ts !== message.ts ? shown.get(message.thread_ts) : null;
  if (!root) return $("log").append(row);
  let last = root;
  while (last.nextElementSibling?.dataset.thread === message.thread_ts) last = last.nextElementSibling;
  last.after(row);
}

function show(message) {
  const before = shown.get(message.ts);
  if (message.deleted) {
    before?.remove();
    shown.delete(message.ts);
    return;
  }
  const row = make("article", message.mine ? "message mine" : "message", bubble(message));
  row.setAttribute("aria-label", message.mine ? "You" : message.name);
  if (message.thread_ts && message.thread_ts !== message.ts) {
    row.dataset.thread = message.thread_ts;
    row.classList.add("in-thread");
  }
  if (before) before.replaceWith(row);
  else place(row, message);
  shown.set(message.ts, row);
}

function startThread(message) {
  endEdit();
  thread = message.thread_ts ?? message.ts;
  $("edit-text").textContent = `Replying to ${message.name} in a thread`;
  $("edit-line").hidden = false;
  $("text").focus();
}

function startEdit(message) {
  endEdit();
  editing = message.ts;
  $("edit-text").textContent = "Editing your message";
  $("edit-line").hidden = false;
  const body = make("div", "", ...mrkdwn(message.text, {}));
  $("text").value = body.textContent;
  $("text").focus();
  $("send").disabled = false;
}

function endEdit() {
  editing = null;
  thread = null;
  $("edit-line").hidden = true;
  $("text").value = "";
  $("send").disabled = true;
}

function notice(state) {
  let text = "";
  if (!state.app.webhook) {
    text = `No address is set for this app's events yet, so nobody answers. ${state.waiting} waiting.`;
  } else if (state.waiting && state.app.webhook_error) {
    text = `The hub did not take the last event; the simulator tries again. ${state.app.webhook_error}`;
  }
  $("notice").textContent = text;
  $("notice").hidden = !text;
}

function render(state) {
  const log = $("log");
  app = state.app;
  if (state.restarted) {
    shown.forEach((row) => row.remove());
    shown.clear();
  }
  nearEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  state.messages.forEach(show);
  $("empty").hidden = shown.size > 0;
  $("typing").hidden = !state.typing;
  $("typing-text").textContent = `${app.name} ${state.typing}`;
  $("status").textContent = channel ? "@ names the bot" : "app";
  notice(state);
  if (nearEnd) toEnd();
  version = state.version;
}

async function follow() {
  let first = true;
  for (;;) {
    try {
      // A typing mark fades by itself, without a change to wait for: look again sooner while it shows.
      const wait = first ? 0 : $("typing").hidden ? 20 : 1;
      render(await call(`${base}?after=${version}&wait=${wait}`));
      first = false;
    } catch {
      $("status").textContent = "not connected, trying again…";
      await new Promise((resolve) => setTimeout(resolve, 1500));
    }
  }
}

function spoken(text) {
  if (editing) return { act: "edit", text, ts: editing };
  if (text.startsWith("/")) return { act: "command", text };
  // In a channel "@" in front is the bot's name, however it is spelt on.
  const named = channel && /^@\S*\s*/.exec(text);
  const rest = named ? text.slice(named[0].length) : text;
  return named && rest ? { act: "mention", text: rest, thread } : { act: "say", text, thread };
}

async function submit() {
  const text = $("text").value.trim();
  if (!text) return;
  if (await attempt(() => act(spoken(text)))) endEdit();
  nearEnd = true;
  toEnd();
}

async function sendFile() {
  const chosen = $("file").files[0];
  $("file").value = "";
  if (!chosen) return;
  const headers = {
    "Content-Type": chosen.type || "application/octet-stream",
    "X-File-Name": encodeURIComponent(chosen.name),
    "X-Caption": encodeURIComponent($("text").value.trim()),
  };
  const where = thread ? `?thread=${encodeURIComponent(thread)}` : "";
  if (await attempt(() => call(`${base}/file${where}`, { method: "PUT", headers, body: chosen }))) endEdit();
}

function markPlace() {
  const other = new URLSearchParams(asked);
  other.delete("channel");
  $("place-direct").href = `?${other}`;
  other.set("channel", channel ?? "help");
  $("place-channel").href = `?${other}`;
  $("place-channel").textContent = `# ${channel ?? "help"}`;
  $(channel ? "place-channel" : "place-direct").setAttribute("aria-current", "page");
}

async function begin() {
  const { items } = await call("/control/slack/apps");
  app = items.find((item) => item.team === asked.get("team")) ?? items[0];
  if (!app) throw new Error("No app is installed in the simulator yet.");
  const place = encodeURIComponent(channel ?? "direct");
  base = `/control/slack/apps/${app.team}/people/${encodeURIComponent(personName())}/${place}`;
  $("app-name").textContent = app.name;
  $("avatar").textContent = app.name.slice(0, 1).toUpperCase();
  document.title = `${app.name} – simulated Slack chat`;
  follow();
}

async function beginPatiently() {
  for (;;) {
    try {
      return await begin();
    } catch (error) {
      $("status").textContent = error instanceof TypeError ? "not connected, trying again…" : error.message;
      await new Promise((resolve) => setTimeout(resolve, 1500));
    }
  }
}

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
});
$("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    submit();
  } else if (event.key === "Escape" && (editing || thread)) {
    endEdit();
  }
});
$("text").addEventListener("input", () => ($("send").disabled = !$("text").value.trim()));
$("attach").addEventListener("click", () => $("file").click());
$("file").addEventListener("change", sendFile);
$("edit-cancel").addEventListener("click", endEdit);
$("start").addEventListener("click", () => attempt(() => act({ act: channel ? "mention" : "say", text: "Hello" })));
$("send").disabled = true;
markPlace();
beginPatiently();
