// The simulated Telegram chat of one person with one bot.

import { $, Conversation, attempt, button, clock, download, make, outward, toast, unanswered } from "./conversation.js";
import { richText } from "./entities.js";

const busy = new Map();

const chat = new Conversation({
  list: "/control/telegram/bots",
  parameter: "bot",
  key: "id",
  missing: "No bot is registered with the simulator yet.",
  remembered: "simulated-person",
  address: (bot, person) => `/control/telegram/bots/${bot.id}/people/${person}`,
  title: (bot) => `${bot.name} – simulated Telegram chat`,
  greeting: { act: "say", text: "/start" },
  captions: true,
  said: (text, editing) => (editing ? { act: "edit", text, message_id: editing } : { act: "say", text }),
  warning: (state) =>
    unanswered(state.bot, "webhook is registered for this bot", state) || (state.blocked ? "You blocked this bot." : ""),
  render,
});

function fileAddress(file) {
  return `/control/telegram/bots/${chat.account.id}/files/${encodeURIComponent(file.file_id)}`;
}

function picture(sizes, caption) {
  const largest = sizes[sizes.length - 1];
  const image = chat.picture(fileAddress(largest), caption || "Picture");
  image.width = largest.width;
  image.height = largest.height;
  return image;
}

function attachment(message) {
  if (message.photo) return picture(message.photo, message.caption);
  for (const kind of ["document", "audio", "voice", "video", "animation", "sticker"]) {
    if (!message[kind]) continue;
    return download(fileAddress(message[kind]), message[kind].file_name ?? `${kind} (${message[kind].file_size} bytes)`);
  }
  const place = message.venue ?? (message.location && { title: "Place", location: message.location });
  if (place) return make("div", "file", `${place.title}: ${place.location.latitude}, ${place.location.longitude}`);
  if (message.contact) return make("div", "file", `${message.contact.first_name}: ${message.contact.phone_number}`);
  return null;
}

function key(told, messageId) {
  if (told.url) return outward(make("a", "key", told.text), told.url);
  const made = button("key", told.text, () => tap(made, told, messageId));
  return made;
}

function keyboard(message) {
  const inline = message.reply_markup?.inline_keyboard ?? [];
  const lines = inline.map((row) => make("div", "keys-row", ...row.map((told) => key(told, message.message_id))));
  // Of the keys that take the place of the phone's keyboard, the hub uses the one that sends where the person is.
  for (const told of message.typed_keys.flat().filter((one) => one.request_location)) {
    const send = button("key", told.text, () => attempt(() => chat.act({ act: "location" })));
    send.setAttribute("aria-label", "Send location");
    lines.push(make("div", "keys-row", send));
  }
  return lines.length ? make("div", "keys", ...lines) : null;
}

async function tap(key, told, messageId) {
  key.setAttribute("aria-busy", "true");
  const made = await attempt(() => chat.act({ act: "tap", text: told.callback_data, message_id: messageId }));
  if (!made) return key.removeAttribute("aria-busy");
  busy.set(made.tap, key);
  // Telegram stops the spinner by itself when a bot never answers.
  setTimeout(() => key.removeAttribute("aria-busy"), 15000);
}

function meta(message) {
  const line = make("div", "meta");
  if (message.reactions.length) line.append(make("span", "reactions", message.reactions.join(" ")));
  if (message.mine && message.text) {
    line.append(button("text-button", "Edit", () => chat.startEdit(message.message_id, message.text)));
  }
  if (message.edit_date) line.append(make("span", "", "edited"));
  line.append(clock(message.date));
  return line;
}

function bubble(message) {
  const inside = make("div", "bubble");
  const replied = message.reply_to_message;
  if (replied) inside.append(make("div", "reply", replied.text ?? replied.caption ?? "Attachment"));
  const attached = attachment(message);
  if (attached) inside.append(attached);
  const text = message.text ?? message.caption;
  if (text) inside.append(make("div", "body", richText(text, message.entities ?? message.caption_entities)));
  inside.append(meta(message));
  return inside;
}

function show(message) {
  if (message.deleted) return chat.remove(message.message_id);
  const row = make("article", message.mine ? "message mine" : "message", bubble(message));
  row.setAttribute("aria-label", message.mine ? "You" : chat.account.name);
  const keys = keyboard(message);
  if (keys) row.append(keys);
  chat.put(message.message_id, row);
}

function render(state) {
  state.messages.forEach(show);
  for (const answered of state.toasts) {
    busy.get(answered.tap)?.removeAttribute("aria-busy");
    busy.delete(answered.tap);
    toast(answered.text);
  }
  $("typing-text").textContent = `${chat.account.name} is typing`;
  $("status").textContent = "bot";
}

chat.begin();
