// The simulated chat: follows one person's chat with one bot over the control API, by long polls.

import { richText } from "./entities.js";

const $ = (id) => document.getElementById(id);
const asked = new URLSearchParams(location.search);
const shown = new Map();
let bot = null;
let base = "";
let version = 0;
let editing = null;
let toastTimer = 0;

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
  if (!text) return;
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

function clock(seconds) {
  const at = new Date(seconds * 1000);
  const time = make("time", "", at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
  time.dateTime = at.toISOString();
  time.title = at.toLocaleString();
  return time;
}

function fileAddress(file) {
  return `/control/telegram/bots/${bot.id}/files/${encodeURIComponent(file.file_id)}`;
}

function picture(sizes, caption) {
  const largest = sizes[sizes.length - 1];
  const image = make("img", "picture");
  image.src = fileAddress(largest);
  image.width = largest.width;
  image.height = largest.height;
  image.alt = caption || "Picture";
  image.addEventListener("load", () => nearEnd && toEnd());
  return image;
}

function attachment(message) {
  if (message.photo) return picture(message.photo, message.caption);
  for (const kind of ["document", "audio", "voice", "video", "animation", "sticker"]) {
    if (!message[kind]) continue;
    const link = make("a", "", message[kind].file_name ?? `${kind} (${message[kind].file_size} bytes)`);
    link.href = fileAddress(message[kind]);
    link.download = message[kind].file_name ?? kind;
    return make("div", "file", link);
  }
  const place = message.venue ?? (message.location && { title: "Place", location: message.location });
  if (place) return make("div", "file", `${place.title}: ${place.location.latitude}, ${place.location.longitude}`);
  if (message.contact) return make("div", "file", `${message.contact.first_name}: ${message.contact.phone_number}`);
  return null;
}

function keyboard(message) {
  const keys = make("div", "keys");
  for (const row of message.reply_markup?.inline_keyboard ?? []) {
    const line = make("div", "keys-row");
    for (const button of row) {
      const key = make(button.url ? "a" : "button", "key", button.text);
      if (button.url) {
        if (/^https?:/i.test(button.url)) key.href = button.url;
        key.target = "_blank";
        key.rel = "noopener noreferrer nofollow";
      } else {
        key.type = "button";
        key.addEventListener("click", () => tap(key, button, message.message_id));
      }
      line.append(key);
    }
    keys.append(line);
  }
  return keys.childElementCount ? keys : null;
}

const busy = new Map();

async function tap(key, button, messageId) {
  key.setAttribute("aria-busy", "true");
  const made = await attempt(() => act({ act: "tap", text: button.callback_data, message_id: messageId }));
  if (!made) return key.removeAttribute("aria-busy");
  busy.set(made.tap, key);
  // Telegram stops the spinner by itself when a bot never answers.
  setTimeout(() => key.removeAttribute("aria-busy"), 15000);
}

function bubble(message) {
  const inside = make("div", "bubble");
  const replied = message.reply_to_message;
  if (replied) inside.append(make("div", "reply", replied.text ?? replied.caption ?? "Attachment"));
  const attached = attachment(message);
  if (attached) inside.append(attached);
  const text = message.text ?? message.caption;
  if (text) inside.append(make("div", "body", richText(text, message.entities ?? message.caption_entities)));
  const meta = make("div", "meta");
  if (message.reactions.length) meta.append(make("span", "reactions", message.reactions.join(" ")));
  if (message.mine && message.text) {
    const edit = make("button", "text-button", "Edit");
    edit.type = "button";
    edit.addEventListener("click", () => startEdit(message));
    meta.append(edit);
  }
  if (message.edit_date) meta.append(make("span", "", "edited"));
  meta.append(clock(message.date));
  inside.append(meta);
  return inside;
}

let nearEnd = true;
const toEnd = () => ($("log").scrollTop = $("log").scrollHeight);

function show(message) {
  const before = shown.get(message.message_id);
  if (message.deleted) {
    before?.remove();
    shown.delete(message.message_id);
    return;
  }
  const row = make("article", message.mine ? "message mine" : "message", bubble(message));
  row.setAttribute("aria-label", message.mine ? "You" : bot.name);
  const keys = keyboard(message);
  if (keys) row.append(keys);
  if (before) before.replaceWith(row);
  else $("log").append(row);
  shown.set(message.message_id, row);
}

function startEdit(message) {
  editing = message.message_id;
  $("edit-line").hidden = false;
  $("text").value = message.text;
  $("text").focus();
  $("send").disabled = false;
}

function endEdit() {
  editing = null;
  $("edit-line").hidden = true;
  $("text").value = "";
  $("send").disabled = true;
}

function notice(state) {
  let text = "";
  if (!state.bot.webhook) {
    text = `No webhook is registered for this bot yet, so nobody answers. ${state.waiting} waiting.`;
  } else if (state.waiting && state.bot.webhook_error) {
    text = `The hub did not take the last message; the simulator tries again. ${state.bot.webhook_error}`;
  } else if (state.blocked) {
    text = "You blocked this bot.";
  }
  $("notice").textContent = text;
  $("notice").hidden = !text;
}

function render(state) {
  const log = $("log");
  if (state.restarted) {
    shown.forEach((row) => row.remove());
    shown.clear();
  }
  nearEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  state.messages.forEach(show);
  $("empty").hidden = shown.size > 0;
  for (const answered of state.toasts) {
    busy.get(answered.tap)?.removeAttribute("aria-busy");
    busy.delete(answered.tap);
    toast(answered.text);
  }
  $("typing").hidden = !state.typing;
  $("typing-text").textContent = `${bot.name} is typing`;
  $("status").textContent = "bot";
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

async function submit() {
  const text = $("text").value.trim();
  if (!text) return;
  const what = editing ? { act: "edit", text, message_id: editing } : { act: "say", text };
  if (await attempt(() => act(what))) endEdit();
  nearEnd = true;
  toEnd();
}

async function sendFile() {
  const file = $("file").files[0];
  $("file").value = "";
  if (!file) return;
  const caption = $("text").value.trim();
  const headers = {
    "Content-Type": file.type || "application/octet-stream",
    "X-File-Name": encodeURIComponent(file.name),
    "X-Caption": encodeURIComponent(caption),
  };
  if (await attempt(() => call(`${base}/file`, { method: "PUT", headers, body: file }))) endEdit();
}

async function begin() {
  const { items } = await call("/control/telegram/bots");
  bot = items.find((item) => String(item.id) === asked.get("bot")) ?? items[0];
  if (!bot) throw new Error("No bot is registered with the simulator yet.");
  base = `/control/telegram/bots/${bot.id}/people/${encodeURIComponent(personName())}`;
  $("bot-name").textContent = bot.name;
  $("avatar").textContent = bot.name.slice(0, 1).toUpperCase();
  document.title = `${bot.name} – simulated Telegram chat`;
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
  } else if (event.key === "Escape" && editing) {
    endEdit();
  }
});
$("text").addEventListener("input", () => ($("send").disabled = !$("text").value.trim()));
$("attach").addEventListener("click", () => $("file").click());
$("file").addEventListener("change", sendFile);
$("edit-cancel").addEventListener("click", endEdit);
$("start").addEventListener("click", () => attempt(() => act({ act: "say", text: "/start" })));
$("send").disabled = true;
beginPatiently();
