// The simulated chat: follows one person's chat with one business number over the control API, by long polls.

import { marked } from "./marks.js";

const $ = (id) => document.getElementById(id);
const asked = new URLSearchParams(location.search);
const shown = new Map();
let number = null;
let base = "";
let version = 0;
let editing = null;
let toastTimer = 0;
let nearEnd = true;
const toEnd = () => ($("log").scrollTop = $("log").scrollHeight);

function personName() {
  if (asked.get("as")) return asked.get("as");
  // Remembered, so that a reload finds the same chat.
  const kept = localStorage.getItem("simulated-whatsapp-person");
  const name = kept ?? `Guest ${Math.floor(1000 + Math.random() * 9000)}`;
  localStorage.setItem("simulated-whatsapp-person", name);
  return name;
}

async function call(path, options) {
  const answer = await fetch(path, options);
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error ?? `The simulator answered ${answer.status}.`);
  return body;
}

const act = (what) =>
  call(base, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(what) });

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

function clock(seconds) {
  const at = new Date(seconds * 1000);
  const time = make("time", "", at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
  time.dateTime = at.toISOString();
  time.title = at.toLocaleString();
  return time;
}

function safeLink(address, text) {
  const link = make("a", "", text);
  if (/^https?:/i.test(address)) link.href = address;
  link.target = "_blank";
  link.rel = "noopener noreferrer nofollow";
  return link;
}

function file(kind, media) {
  const name = media.filename ?? { image: "Picture", audio: "Voice or audio", video: "Video", sticker: "Sticker" }[kind] ?? "File";
  // A file named by a link is not fetched from here: nothing leaves this machine.
  if (!media.id) return make("div", "file", safeLink(media.link, name));
  const address = `/control/whatsapp/numbers/${number.id}/files/${encodeURIComponent(media.id)}`;
  if (kind === "image" && /^image\/(png|jpeg)/.test(media.mime_type ?? "")) {
    const image = make("img", "picture");
    image.src = address;
    image.alt = media.caption || "Picture";
    image.addEventListener("load", () => nearEnd && toEnd());
    return image;
  }
  const link = make("a", "", name);
  link.href = address;
  link.download = name;
  return make("div", "file", link);
}

const FILES = ["image", "audio", "video", "document", "sticker"];

function inside(content) {
  const type = content.type;
  const found = [];
  if (FILES.includes(type)) {
    found.push(file(type, content[type]));
    if (content[type].caption) found.push(make("div", "body", marked(content[type].caption)));
  } else if (type === "text") {
    found.push(make("div", "body", marked(content.text.body)));
  } else if (type === "template") {
    found.push(make("div", "template", `Template ${content.template.name}`), make("div", "body", marked(content.shown ?? "")));
  } else if (type === "location") {
    const place = content.location;
    found.push(make("div", "file", `${place.name ?? "Place"}: ${place.latitude}, ${place.longitude}`));
  } else if (type === "contacts") {
    for (const card of content.contacts) {
      found.push(make("div", "file", `${card.name.formatted_name}: ${card.phones?.[0]?.phone ?? card.emails?.[0]?.email ?? ""}`));
    }
  } else if (type === "interactive") {
    const { header, body, button_reply: tapped, list_reply: picked } = content.interactive;
    if (header?.image) found.push(file("image", header.image));
    const reply = tapped ?? picked;
    found.push(reply ? make("div", "body", reply.title) : make("div", "body", marked(body.text)));
  }
  return found;
}

const words = (content) =>
  content.text?.body ?? content.interactive?.body?.text ?? content[content.type]?.caption ?? content.shown ?? "Attachment";

function button(text, work) {
  const key = make("button", "key", text);
  key.type = "button";
  key.addEventListener("click", async () => {
    key.setAttribute("aria-busy", "true");
    await attempt(work);
    key.removeAttribute("aria-busy");
  });
  return key;
}

function keyboard(message) {
  const content = message.content;
  if (message.mine || content.type !== "interactive") return null;
  const { type, action } = content.interactive;
  const keys = make("div", "keys");
  for (const { reply } of action.buttons ?? []) {
    keys.append(button(reply.title, () => act({ act: "tap", text: reply.id, message_id: message.message_id })));
  }
  if (type === "list") keys.append(button(action.button, () => openRows(message)));
  if (type === "location_request_message") keys.append(button("Send location", () => act({ act: "location" })));
  if (type === "cta_url") {
    const link = safeLink(action.parameters.url, action.parameters.display_text);
    link.className = "key";
    keys.append(link);
  }
  return keys;
}

function openRows(message) {
  const { action } = message.content.interactive;
  $("rows-title").textContent = action.button;
  const rows = action.sections.flatMap((section) => section.rows);
  $("rows-list").replaceChildren(
    ...rows.map((row) => {
      const choice = make("button", "row", row.title);
      choice.type = "button";
      if (row.description) choice.append(make("span", "", row.description));
      choice.addEventListener("click", async () => {
        $("rows").close();
        await attempt(() => act({ act: "tap", text: row.id, message_id: message.message_id }));
      });
      return choice;
    }),
  );
  $("rows").showModal();
}

function meta(message) {
  const line = make("div", "meta");
  if (message.reactions.length) line.append(make("span", "reactions", message.reactions.join(" ")));
  if (message.mine && message.content.type === "text") {
    const edit = make("button", "text-button", "Edit");
    edit.type = "button";
    edit.addEventListener("click", () => startEdit(message));
    line.append(edit);
  }
  if (message.edited) line.append(make("span", "", "edited"));
  line.append(clock(message.at));
  if (message.mine) {
    const ticks = make("span", message.read ? "ticks read" : "ticks", "✓✓");
    ticks.setAttribute("role", "img");
    ticks.setAttribute("aria-label", message.read ? "read" : "delivered");
    line.append(ticks);
  }
  return line;
}

function show(message) {
  const before = shown.get(message.message_id);
  if (message.deleted) {
    before?.remove();
    shown.delete(message.message_id);
    return;
  }
  const bubble = make("div", "bubble");
  if (message.reply_to) bubble.append(make("div", "reply", words(message.reply_to)));
  bubble.append(...inside(message.content), meta(message));
  const row = make("article", message.mine ? "message mine" : "message", bubble);
  row.setAttribute("aria-label", message.mine ? "You" : number.name);
  const keys = keyboard(message);
  if (keys?.childElementCount) row.append(keys);
  if (before) before.replaceWith(row);
  else $("log").append(row);
  shown.set(message.message_id, row);
}

function startEdit(message) {
  editing = message.message_id;
  $("edit-line").hidden = false;
  $("text").value = message.content.text.body;
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
  if (!state.number.webhook) {
    text = `No webhook is registered for this number yet, so nobody answers. ${state.waiting} waiting.`;
  } else if (state.waiting && state.number.webhook_error) {
    text = `The hub did not take the last message; the simulator tries again. ${state.number.webhook_error}`;
  } else if (state.blocked) {
    text = "You blocked this business.";
  } else if (shown.size && !state.open) {
    text = "24 hours have passed since your last message: the business may send templates only.";
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
  $("typing").hidden = !state.typing;
  $("status").textContent = number.display;
  notice(state);
  if (nearEnd) toEnd();
  version = state.version;
  const unread = state.messages.some((message) => !message.deleted && !message.mine && !message.read);
  if (unread && document.visibilityState === "visible") act({ act: "read" }).catch(() => {});
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
  const chosen = $("file").files[0];
  $("file").value = "";
  if (!chosen) return;
  const headers = {
    "Content-Type": chosen.type || "application/octet-stream",
    "X-File-Name": encodeURIComponent(chosen.name),
    "X-Caption": encodeURIComponent($("text").value.trim()),
  };
  if (await attempt(() => call(`${base}/file`, { method: "PUT", headers, body: chosen }))) endEdit();
}

async function begin() {
  const { items } = await call("/control/whatsapp/numbers");
  number = items.find((item) => item.id === asked.get("number")) ?? items[0];
  if (!number) throw new Error("No number is registered with the simulator yet.");
  base = `/control/whatsapp/numbers/${number.id}/people/${encodeURIComponent(personName())}`;
  $("name").textContent = number.name;
  $("avatar").textContent = number.name.slice(0, 1).toUpperCase();
  document.title = `${number.name} – simulated WhatsApp chat`;
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
$("rows-close").addEventListener("click", () => $("rows").close());
$("start").addEventListener("click", () => attempt(() => act({ act: "say", text: "Hello" })));
$("send").disabled = true;
beginPatiently();
