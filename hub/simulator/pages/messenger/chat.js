// The simulated chat: follows one person's chat with one page over the control API, by long polls. Everything that
// somebody wrote enters by text nodes alone, so nothing can become markup.

const $ = (id) => document.getElementById(id);
const asked = new URLSearchParams(location.search);
const shown = new Map();
const LINK = /https?:\/\/[^\s<>"]+[^\s<>".,;:!?)]/g;
const HEART = "\u2764\ufe0f";
let page = null;
let base = "";
let version = 0;
let editing = null;
let toastTimer = 0;
let newest = null;
let nearEnd = true;
let seenAt = 0;

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

function clock(milliseconds) {
  const at = new Date(milliseconds);
  const time = make("time", "", at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
  time.dateTime = at.toISOString();
  time.title = at.toLocaleString();
  return time;
}

function outward(element, href) {
  if (/^https?:/i.test(href)) element.href = href;
  element.target = "_blank";
  element.rel = "noopener noreferrer nofollow";
  return element;
}

function words(text) {
  const body = make("div", "body");
  let at = 0;
  for (const found of text.matchAll(LINK)) {
    body.append(text.slice(at, found.index), outward(make("a", "", found[0]), found[0]));
    at = found.index + found[0].length;
  }
  body.append(text.slice(at));
  return body;
}

function file(attachment) {
  const { type, payload } = attachment;
  if (attachment.file && type === "image") {
    const image = make("img", "picture");
    image.src = attachment.file.address;
    image.alt = "Picture";
    image.addEventListener("load", () => nearEnd && toEnd());
    return image;
  }
  if (attachment.file) {
    const link = make("a", "", attachment.file.name);
    link.href = attachment.file.address;
    link.download = attachment.file.name;
    return make("div", "file", link);
  }
  if (payload.coordinates) {
    return make("div", "file", `${attachment.title ?? "Place"}: ${payload.coordinates.lat}, ${payload.coordinates.long}`);
  }
  return make("div", "file", payload.url ? outward(make("a", "", payload.url), payload.url) : type);
}

function button(told, mid) {
  if (told.type === "web_url") return outward(make("a", "key", told.title), told.url);
  const key = make("button", "key", told.title);
  key.type = "button";
  key.addEventListener("click", () => attempt(() => act({ act: "tap", text: told.payload, mid })));
  return key;
}

function keys(buttons, mid) {
  return make("div", "keys", ...(buttons ?? []).map((told) => button(told, mid)));
}

function template(payload, mid) {
  if (payload.template_type === "button") return [words(payload.text), keys(payload.buttons, mid)];
  return payload.elements.map((element) => {
    const card = make("div", "card", make("p", "card-title", element.title));
    if (element.subtitle) card.append(make("p", "card-text", element.subtitle));
    // The picture itself lies elsewhere; this page fetches nothing from outside.
    if (element.image_url) card.append(outward(make("a", "", "Picture"), element.image_url));
    card.append(keys(element.buttons, mid));
    return card;
  });
}

function tool(label, name, work) {
  const element = make("button", "text-button", label);
  element.type = "button";
  element.setAttribute("aria-label", name);
  element.addEventListener("click", work);
  return element;
}

function meta(message) {
  const line = make("div", "meta");
  const tools = make("span", "tools");
  if (message.mine && message.text) tools.append(tool("Edit", "Edit", () => startEdit(message)));
  if (!message.mine) {
    const text = message.reaction ? "" : HEART;
    const label = message.reaction ? "Take heart back" : "React with a heart";
    tools.append(tool(HEART, label, () => attempt(() => act({ act: "react", mid: message.mid, text }))));
  }
  line.append(tools);
  if (message.reaction) line.append(make("span", "reactions", message.reaction));
  if (message.edits) line.append(make("span", "", "edited"));
  line.append(clock(message.at));
  return line;
}

function bubble(message) {
  const inside = make("div", "bubble");
  const replied = message.reply_to && shown.get(message.reply_to);
  if (message.reply_to) inside.append(make("div", "reply", replied?.told.text ?? "Attachment"));
  for (const attachment of message.attachments) {
    inside.append(...(attachment.type === "template" ? template(attachment.payload, message.mid) : [file(attachment)]));
  }
  if (message.text) inside.append(words(message.text));
  inside.append(meta(message));
  return inside;
}

const toEnd = () => ($("log").scrollTop = $("log").scrollHeight);

function show(message) {
  const before = shown.get(message.mid);
  const row = make("article", message.mine ? "message mine" : "message", bubble(message));
  row.setAttribute("aria-label", message.mine ? "You" : page.name);
  if (before) before.row.replaceWith(row);
  else $("log").append(row);
  shown.set(message.mid, { row, told: message });
  if (!before) newest = message;
}

function quickReplies() {
  // They are offered until somebody writes something else, as in Messenger.
  const replies = newest && !newest.mine ? (newest.quick_replies ?? []) : [];
  $("quick").replaceChildren(...replies.map((told) => button(told, newest.mid)));
  $("quick").hidden = !replies.length;
}

function seenMark() {
  document.querySelector(".seen")?.remove();
  if (newest?.mine && seenAt >= newest.at) shown.get(newest.mid).row.append(make("p", "seen", "Seen"));
}

function startEdit(message) {
  editing = message.mid;
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
  if (!state.page.webhook) {
    text = `No webhook is registered for this page yet, so nobody answers. ${state.waiting} waiting.`;
  } else if (state.waiting && state.page.webhook_error) {
    text = `The hub did not take the last message; the simulator tries again. ${state.page.webhook_error}`;
  } else if (state.blocked) {
    text = "You blocked this page.";
  }
  $("notice").textContent = text;
  $("notice").hidden = !text;
}

function render(state) {
  const log = $("log");
  if (state.restarted) {
    shown.forEach(({ row }) => row.remove());
    shown.clear();
    newest = null;
  }
  nearEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  state.messages.forEach(show);
  seenAt = state.seen_at;
  quickReplies();
  seenMark();
  $("empty").hidden = shown.size > 0;
  $("typing").hidden = !state.typing;
  $("typing-text").textContent = `${page.name} is typing`;
  $("status").textContent = "page";
  notice(state);
  if (nearEnd) toEnd();
  version = state.version;
  if (state.messages.some((message) => !message.mine) && document.visibilityState === "visible") {
    attempt(() => act({ act: "read" }));
  }
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
  const what = editing ? { act: "edit", text, mid: editing } : { act: "say", text };
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
  };
  await attempt(() => call(`${base}/file`, { method: "PUT", headers, body: chosen }));
}

async function begin() {
  const { items } = await call("/control/messenger/pages");
  page = items.find((item) => item.id === asked.get("page")) ?? items[0];
  if (!page) throw new Error("No page is registered with the simulator yet.");
  base = `/control/messenger/pages/${page.id}/people/${encodeURIComponent(personName())}`;
  $("page-name").textContent = page.name;
  $("avatar").textContent = page.name.slice(0, 1).toUpperCase();
  document.title = `${page.name} – simulated Messenger chat`;
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
$("start").addEventListener("click", () => attempt(() => act({ act: "say", text: "Hello" })));
$("send").disabled = true;
beginPatiently();
