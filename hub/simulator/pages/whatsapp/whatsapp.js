// The simulated WhatsApp chat of one person with one business number.

import {
  $, Conversation, attempt, button, clock, download, make, outward, unanswered,
} from "/telegram/conversation.js";
import { marked } from "./marks.js";

const FILES = ["image", "audio", "video", "document", "sticker"];
const KINDS = { image: "Picture", audio: "Voice or audio", video: "Video", sticker: "Sticker" };

const chat = new Conversation({
  list: "/control/whatsapp/numbers",
  parameter: "number",
  key: "id",
  missing: "No number is registered with the simulator yet.",
  remembered: "simulated-whatsapp-person",
  address: (number, person) => `/control/whatsapp/numbers/${number.id}/people/${person}`,
  title: (number) => `${number.name} – simulated WhatsApp chat`,
  greeting: { act: "say", text: "Hello" },
  captions: true,
  said: (text, editing) => (editing ? { act: "edit", text, message_id: editing } : { act: "say", text }),
  warning,
  render,
});

function file(kind, media) {
  const name = media.filename ?? KINDS[kind] ?? "File";
  // A file named by a link is not fetched from here: nothing leaves this machine.
  if (!media.id) return make("div", "file", outward(make("a", "", name), media.link));
  const address = `/control/whatsapp/numbers/${chat.account.id}/files/${encodeURIComponent(media.id)}`;
  if (kind === "image" && /^image\/(png|jpeg)/.test(media.mime_type ?? "")) {
    return chat.picture(address, media.caption || "Picture");
  }
  return download(address, name);
}

const body = (text) => make("div", "body", marked(text));

function card({ name, phones, emails }) {
  return make("div", "file", `${name.formatted_name}: ${phones?.[0]?.phone ?? emails?.[0]?.email ?? ""}`);
}

function interactive({ header, body: said, button_reply: tapped, list_reply: picked }) {
  const reply = tapped ?? picked;
  const words = reply ? make("div", "body", reply.title) : body(said.text);
  return header?.image ? [file("image", header.image), words] : [words];
}

function inside(content) {
  const { type, text, template, location, contacts } = content;
  if (FILES.includes(type)) {
    const { caption } = content[type];
    return [file(type, content[type]), ...(caption ? [body(caption)] : [])];
  }
  if (type === "text") return [body(text.body)];
  if (type === "template") return [make("div", "template", `Template ${template.name}`), body(content.shown ?? "")];
  if (type === "location") {
    return [make("div", "file", `${location.name ?? "Place"}: ${location.latitude}, ${location.longitude}`)];
  }
  if (type === "contacts") return contacts.map(card);
  return type === "interactive" ? interactive(content.interactive) : [];
}

const words = (content) =>
  content.text?.body ?? content.interactive?.body?.text ?? content[content.type]?.caption ?? content.shown ?? "Attachment";

function key(text, work) {
  const made = button("key", text, async () => {
    made.setAttribute("aria-busy", "true");
    await attempt(work);
    made.removeAttribute("aria-busy");
  });
  return made;
}

function keyboard(message) {
  const content = message.content;
  if (message.mine || content.type !== "interactive") return null;
  const { type, action } = content.interactive;
  const keys = make("div", "keys");
  for (const { reply } of action.buttons ?? []) {
    keys.append(key(reply.title, () => chat.act({ act: "tap", text: reply.id, message_id: message.message_id })));
  }
  if (type === "list") keys.append(key(action.button, () => openRows(message)));
  if (type === "location_request_message") keys.append(key("Send location", () => chat.act({ act: "location" })));
  if (type === "cta_url") {
    keys.append(outward(make("a", "key", action.parameters.display_text), action.parameters.url));
  }
  return keys;
}

function openRows(message) {
  const { action } = message.content.interactive;
  $("rows-title").textContent = action.button;
  const rows = action.sections.flatMap((section) => section.rows);
  $("rows-list").replaceChildren(
    ...rows.map((row) => {
      const choice = button("row", row.title, async () => {
        $("rows").close();
        await attempt(() => chat.act({ act: "tap", text: row.id, message_id: message.message_id }));
      });
      if (row.description) choice.append(make("span", "", row.description));
      return choice;
    }),
  );
  $("rows").showModal();
}

function ticks(message) {
  const mark = make("span", message.read ? "ticks read" : "ticks", "✓✓");
  mark.setAttribute("role", "img");
  mark.setAttribute("aria-label", message.read ? "read" : "delivered");
  return mark;
}

function meta(message) {
  const line = make("div", "meta");
  const { content, mine } = message;
  if (message.reactions.length) line.append(make("span", "reactions", message.reactions.join(" ")));
  if (mine && content.type === "text") {
    line.append(button("text-button", "Edit", () => chat.startEdit(message.message_id, content.text.body)));
  }
  if (message.edited) line.append(make("span", "", "edited"));
  line.append(clock(message.at));
  if (mine) line.append(ticks(message));
  return line;
}

function show(message) {
  if (message.deleted) return chat.remove(message.message_id);
  const bubble = make("div", "bubble");
  if (message.reply_to) bubble.append(make("div", "reply", words(message.reply_to)));
  bubble.append(...inside(message.content), meta(message));
  const row = make("article", message.mine ? "message mine" : "message", bubble);
  row.setAttribute("aria-label", message.mine ? "You" : chat.account.name);
  const keys = keyboard(message);
  if (keys?.childElementCount) row.append(keys);
  chat.put(message.message_id, row);
}

function warning(state) {
  const common = unanswered(state.number, "webhook is registered for this number", state);
  if (common) return common;
  if (state.blocked) return "You blocked this business.";
  const closed = chat.shown.size && !state.open;
  return closed ? "24 hours have passed since your last message: the business may send templates only." : "";
}

function render(state) {
  state.messages.forEach(show);
  $("status").textContent = chat.account.display;
  const unread = state.messages.some((message) => !message.deleted && !message.mine && !message.read);
  if (unread && document.visibilityState === "visible") chat.act({ act: "read" }).catch(() => {});
}

$("rows-close").addEventListener("click", () => $("rows").close());
chat.begin();
