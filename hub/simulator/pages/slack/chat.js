// The simulated Slack conversation of one person: with the app itself, or in a channel where it is a member.

import {
  $, Conversation, asked, attempt, button, clock, download, make, outward, unanswered,
} from "/telegram/conversation.js";
import { mrkdwn } from "./mrkdwn.js";

const channel = asked.get("channel");
const THUMB = "+1";
const EMOJI = { "+1": "\u{1f44d}", thumbsup: "\u{1f44d}", "-1": "\u{1f44e}", heart: "\u2764\ufe0f", eyes: "\u{1f440}" };
let app = null;
let thread = null;

const chat = new Conversation({
  list: "/control/slack/apps",
  parameter: "team",
  key: "team",
  missing: "No app is installed in the simulator yet.",
  remembered: "simulated-person",
  address: (one, person) => `/control/slack/apps/${one.team}/people/${person}/${encodeURIComponent(channel ?? "direct")}`,
  title: (one) => `${one.name} – simulated Slack chat`,
  greeting: { act: channel ? "mention" : "say", text: "Hello" },
  captions: true,
  fileQuery: () => (thread ? `?thread=${encodeURIComponent(thread)}` : ""),
  ended: () => (thread = null),
  said,
  warning: (state) => unanswered(state.app, "address is set for this app's events", state),
  render,
});

function words(text) {
  return make("div", "body", ...mrkdwn(text, { ...app.people, [app.bot]: app.name }));
}

function key(told, ts) {
  const tapped = (text) => attempt(() => chat.act({ act: "tap", text, ts }));
  if (!told.url) return button("key", told.text.text, () => tapped(told.value));
  const link = outward(make("a", "key", told.text.text), told.url);
  link.addEventListener("click", () => tapped(told.text.text));
  return link;
}

function menu(told, ts) {
  const select = make("select", "menu", new Option(told.placeholder?.text ?? "Choose", ""));
  select.setAttribute("aria-label", "Choose");
  for (const option of told.options) select.append(new Option(option.text.text, option.value));
  select.addEventListener("change", () => attempt(() => chat.act({ act: "tap", text: select.value, ts })));
  return select;
}

function block(told, ts) {
  if (told.type === "section") return words(told.text?.text ?? "");
  if (told.type === "actions") {
    return make("div", "keys", ...told.elements.map((e) => (e.type === "button" ? key(e, ts) : menu(e, ts))));
  }
  // The picture itself lies elsewhere; this page fetches nothing from outside.
  if (told.type === "image") return make("div", "file", outward(make("a", "", told.alt_text), told.image_url));
  return make("div", "body", told.text?.text ?? told.text ?? "");
}

function file(told) {
  return told.picture ? chat.picture(told.address, told.name) : download(told.address, told.name);
}

function tool(label, name, work) {
  const element = button("text-button", label, work);
  element.setAttribute("aria-label", name);
  return element;
}

function head(message) {
  const line = make("div", "head", make("span", "name", message.name));
  if (message.bot) line.append(make("span", "app", "APP"));
  line.append(clock(Number(message.ts)));
  if (message.edited) line.append(make("span", "edited", "edited"));
  const tools = make("span", "tools");
  const reacted = message.reacted.includes(THUMB);
  const turn = { act: reacted ? "unreact" : "react", ts: message.ts, text: THUMB };
  tools.append(tool(EMOJI[THUMB], reacted ? "Take thumbs up back" : "Thumbs up", () => attempt(() => chat.act(turn))));
  tools.append(tool("Reply", "Reply in thread", () => startThread(message)));
  if (message.mine) {
    tools.append(tool("Edit", "Edit", () => startEdit(message)));
    tools.append(tool("Delete", "Delete", () => attempt(() => chat.act({ act: "delete", ts: message.ts }))));
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

function show(message) {
  if (message.deleted) return chat.remove(message.ts);
  const row = make("article", message.mine ? "message mine" : "message", bubble(message));
  row.setAttribute("aria-label", message.mine ? "You" : message.name);
  const replies = message.thread_ts && message.thread_ts !== message.ts;
  const root = replies ? chat.shown.get(message.thread_ts) : null;
  if (replies) {
    row.dataset.thread = message.thread_ts;
    row.classList.add("in-thread");
  }
  if (!root) return chat.put(message.ts, row);
  // A reply stands under the last one of its thread.
  chat.put(message.ts, row, (fresh) => {
    let last = root;
    while (last.nextElementSibling?.dataset.thread === message.thread_ts) last = last.nextElementSibling;
    last.after(fresh);
  });
}

function startThread(message) {
  chat.endEdit();
  thread = message.thread_ts ?? message.ts;
  $("edit-text").textContent = `Replying to ${message.name} in a thread`;
  $("edit-line").hidden = false;
  $("text").focus();
}

function startEdit(message) {
  chat.endEdit();
  $("edit-text").textContent = "Editing your message";
  chat.startEdit(message.ts, make("div", "", ...mrkdwn(message.text, {})).textContent);
}

function said(text, editing) {
  if (editing) return { act: "edit", text, ts: editing };
  if (text.startsWith("/")) return { act: "command", text };
  // In a channel "@" in front is the bot's name, however it is spelt on.
  const named = channel && /^@\S*\s*/.exec(text);
  const rest = named ? text.slice(named[0].length) : text;
  return named && rest ? { act: "mention", text: rest, thread } : { act: "say", text, thread };
}

function render(state) {
  app = state.app;
  state.messages.forEach(show);
  $("typing-text").textContent = `${app.name} ${state.typing}`;
  $("status").textContent = channel ? "@ names the bot" : "app";
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

markPlace();
chat.begin();
