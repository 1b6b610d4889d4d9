import { expect, test } from "vitest";
import { mark, insert } from "../src/inbox/marks";
import { heldOrder, knownUpTo, merge } from "../src/inbox/merge";
import { mentionsIn } from "../src/inbox/Mentions";
import { threadRows } from "../src/inbox/rows";
import { snoozes } from "../src/inbox/snoozes";
import { identityName } from "../src/inbox/words";
import type { Message } from "../src/inbox/data";

const row = (seq: number, more = {}) => ({ id: `m${seq}`, seq, ...more });

test("pieces of a thread become one, each message once, the newer word about it kept", () => {
  const merged = merge([row(1, { text: "old" }), row(2)], [row(3), row(1, { text: "new" })]);
  expect(merged.map(({ seq }) => seq)).toEqual([1, 2, 3]);
  expect(merged[0]).toMatchObject({ text: "new" });
});

test("what may have changed is read again, never what was not there before", () => {
  expect(knownUpTo([], 60)).toBe(0);
  expect(knownUpTo([row(40), row(41)], 60)).toBe(39);
  expect(knownUpTo(Array.from({ length: 200 }, (_, n) => row(n + 1)), 60)).toBe(140);
});

test("a held list keeps its order, drops what is gone and counts what waits", () => {
  const items = [{ id: "new" }, { id: "b" }, { id: "a" }];
  expect(heldOrder(["a", "gone", "b"], items)).toEqual({ rows: [{ id: "a" }, { id: "b" }], waiting: 1 });
});

const message = (seq: number, at: string, kind = "contact", more = {}): Message =>
  ({ ...row(seq), at, kind: "message", direction: kind === "contact" ? "in" : "out", author: { kind, id: kind, name: null }, ...more }) as unknown as Message;

test("a thread has days, one head for what belongs together, and a line before what is unread", () => {
  const rows = threadRows(
    [
      message(1, "2026-11-27T10:00:00"),
      message(2, "2026-11-27T10:01:00"),
      message(3, "2026-11-28T09:00:00", "bot"),
      message(4, "2026-11-28T09:01:00"),
    ],
    true,
    3,
  );
  const marks = rows.map(({ start, day, unread, head }) => Object.entries({ start, day, unread, head }).flatMap(([name, is]) => (is ? [name] : [])));
  expect(marks).toEqual([["start", "day", "head"], [], ["day", "head"], ["unread", "head"]]);
});

test("a note among messages has a head of its own", () => {
  const rows = threadRows([message(1, "2026-11-28T09:00:00", "agent"), message(2, "2026-11-28T09:00:30", "agent", { kind: "note" })], false, null);
  expect(rows.map(({ head }) => head)).toEqual([true, true]);
});

test("marks go on and come off again", () => {
  const on = mark({ text: "say it loud", from: 4, to: 6 }, "bold");
  expect(on).toEqual({ text: "say **it** loud", from: 6, to: 8 });
  expect(mark(on, "bold")).toEqual({ text: "say it loud", from: 4, to: 6 });
  expect(mark({ text: "a\nb", from: 0, to: 3 }, "list").text).toBe("- a\n- b");
  expect(mark({ text: "- a\n- b", from: 0, to: 7 }, "list").text).toBe("a\nb");
});

test("saved words are put where the cursor stands, apart from what is before it", () => {
  expect(insert({ text: "Hello", from: 5, to: 5 }, "there").text).toBe("Hello\nthere");
  expect(insert({ text: "", from: 0, to: 0 }, "there").text).toBe("there");
});

test("a note names colleagues by their whole names", () => {
  const members = [
    { id: "1", name: "Ann" },
    { id: "2", name: "Ann Lee" },
  ];
  expect(mentionsIn("@Ann Lee please look", members)).toEqual(["2"]);
  expect(mentionsIn("@ann and @ANN LEE", members).sort()).toEqual(["1", "2"]);
  expect(mentionsIn("ann@example.com", members)).toEqual([]);
});

test("snoozing until this evening is offered while there is one", () => {
  const names = (at: string) => snoozes(new Date(at)).map(({ name }) => name);
  expect(names("2026-11-28T10:00:00")).toEqual(["hour", "evening", "tomorrow", "monday"]);
  expect(names("2026-11-28T19:00:00")).toEqual(["hour", "tomorrow", "monday"]);
  const monday = snoozes(new Date("2026-11-30T10:00:00")).at(-1)!.until;
  expect([monday.getDay(), monday.getDate()]).toEqual([1, 7]);
});

test("a customer's addresses are named in words, whatever their platform calls them", () => {
  const t = ((key: string, values?: { channel?: string }) => [key, values?.channel].filter(Boolean).join(" ")) as unknown as Parameters<typeof identityName>[1];
  const kinds = ["telegram.user", "whatsapp.phone", "webchat.user", "webchat.visitor", "matrix.user_id"];
  expect(kinds.map((kind) => identityName(kind, t))).toEqual(["details.idOn Telegram", "details.phone", "details.idOfSite", "details.idOn Web chat", "details.idOn Matrix"]);
});
