// The simulated Messenger chat of one person with one page.

import {
  $, Conversation, attempt, button, clock, download, make, outward, unanswered,
} from "/telegram/conversation.js";

const LINK = /https?:\/\/[^\s<>"]+[^\s<>".,;:!?)]/g;
const HEART = "\u2764\ufe0f";
const told = new Map();
let newest = null;

const chat = new Conversation({
  list: "/control/messenger/pages",
  parameter: "page",
  key: "id",
  missing: "No page is registered with the simulator yet.",
  remembered: "simulated-person",
  address: (page, person) => `/control/messenger/pages/${page.id}/people/${person}`,
  title: (page) => `${page.name} – simulated Messenger chat`,
  greeting: { act: "say", text: "Hello" },
  said: (text, editing) => (editing ? { act: "edit", text, mid: editing } : { act: "say", text }),
  warning: (state) =>
    unanswered(state.page, "webhook is registered for this page", state) || (state.blocked ? "You blocked this page." : ""),
  render,
});

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
  if (attachment.file && type === "image") return chat.picture(attachment.file.address, "Picture");
  if (attachment.file) return download(attachment.file.address, attachment.file.name);
  if (payload.coordinates) {
    const { lat, long } = payload.coordinates;
    return make("div", "file", `${attachment.title ?? "Place"}: ${lat}, ${long}`);
  }
  return make("div", "file", payload.url ? outward(make("a", "", payload.url), payload.url) : type);
}

function key(offered, mid) {
  if (offered.type === "web_url") return outward(make("a", "key", offered.title), offered.url);
  return button("key", offered.title, () => attempt(() => chat.act({ act: "tap", text: offered.payload, mid })));
}

function keys(buttons, mid) {
  return make("div", "keys", ...(buttons ?? []).map((offered) => key(offered, mid)));
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

function heart(message) {
  const text = message.reaction ? "" : HEART;
  const tool = button("text-button", HEART, () => attempt(() => chat.act({ act: "react", mid: message.mid, text })));
  tool.setAttribute("aria-label", message.reaction ? "Take heart back" : "React with a heart");
  return tool;
}

function meta(message) {
  const line = make("div", "meta");
  const tools = make("span", "tools");
  if (message.mine && message.text) {
    tools.append(button("text-button", "Edit", () => chat.startEdit(message.mid, message.text)));
  }
  if (!message.mine) tools.append(heart(message));
  line.append(tools);
  if (message.reaction) line.append(make("span", "reactions", message.reaction));
  if (message.edits) line.append(make("span", "", "edited"));
  line.append(clock(message.at / 1000));
  return line;
}

function bubble(message) {
  const inside = make("div", "bubble");
  if (message.reply_to) inside.append(make("div", "reply", told.get(message.reply_to)?.text ?? "Attachment"));
  for (const attachment of message.attachments) {
    inside.append(...(attachment.type === "template" ? template(attachment.payload, message.mid) : [file(attachment)]));
  }
  if (message.text) inside.append(words(message.text));
  inside.append(meta(message));
  return inside;
}

function show(message) {
  const row = make("article", message.mine ? "message mine" : "message", bubble(message));
  row.setAttribute("aria-label", message.mine ? "You" : chat.account.name);
  if (!chat.shown.has(message.mid)) newest = message;
  chat.put(message.mid, row);
  told.set(message.mid, message);
}

function quickReplies() {
  // They are offered until somebody writes something else, as in Messenger.
  const replies = newest && !newest.mine ? (newest.quick_replies ?? []) : [];
  $("quick").replaceChildren(...replies.map((offered) => key(offered, newest.mid)));
  $("quick").hidden = !replies.length;
}

function seenMark(seenAt) {
  document.querySelector(".seen")?.remove();
  if (newest?.mine && seenAt >= newest.at) chat.shown.get(newest.mid).append(make("p", "seen", "Seen"));
}

function render(state) {
  if (state.restarted) {
    told.clear();
    newest = null;
  }
  state.messages.forEach(show);
  quickReplies();
  seenMark(state.seen_at);
  $("typing-text").textContent = `${chat.account.name} is typing`;
  $("status").textContent = "page";
  if (state.messages.some((message) => !message.mine) && document.visibilityState === "visible") {
    attempt(() => chat.act({ act: "read" }));
  }
}

chat.begin();
