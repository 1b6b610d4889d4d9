import { expect, test } from "vitest";
import { changes, isQuiet, wayOf, type Seen } from "../src/alerts/decide";
import { titleFor } from "../src/alerts/title";
import { merged, USUAL } from "../src/app/settings";

const at = (time: string) => new Date(`2026-11-28T${time}:00`);

test("quiet hours may pass midnight", () => {
  const quiet = { on: true, from: "20:00", to: "08:00" };
  expect([isQuiet(quiet, at("23:00")), isQuiet(quiet, at("07:59")), isQuiet(quiet, at("08:00")), isQuiet(quiet, at("12:00"))]).toEqual([true, true, false, false]);
  expect(isQuiet({ ...quiet, on: false }, at("23:00"))).toBe(false);
  expect(isQuiet({ on: true, from: "nonsense", to: "08:00" }, at("03:00"))).toBe(false);
});

test("quiet means no notification and no sound", () => {
  const settings = { ...USUAL, quiet: { on: true, from: "00:00", to: "00:00" } };
  expect(wayOf("waiting", settings, at("12:00"), false)).toEqual({ desktop: false, sound: false });
});

test("what lies open before the reader is not notified, but a waiting customer still sounds", () => {
  expect(wayOf("reply", USUAL, at("12:00"), true)).toEqual({ desktop: false, sound: false });
  expect(wayOf("waiting", USUAL, at("12:00"), true)).toEqual({ desktop: false, sound: true });
  expect(wayOf("reply", USUAL, at("12:00"), false)).toEqual({ desktop: true, sound: true });
});

test("kinds are switched one by one", () => {
  const settings = { ...USUAL, alerts: { ...USUAL.alerts, reply: { desktop: false, sound: true } } };
  expect(wayOf("reply", settings, at("12:00"), false)).toEqual({ desktop: false, sound: true });
});

const seen = (id: string, more: Partial<Seen>): Seen => ({ id, state: "bot", assignee: null, unread: 0, last_seq: 1, ...more });
const known = (...all: Seen[]) => new Map(all.map((one) => [one.id, one]));

test("the first look tells nothing", () => {
  expect(changes(null, [seen("a", { state: "waiting" })], "me")).toEqual([]);
});

test("who begins to wait, what becomes mine and who writes to me is told, each once", () => {
  const before = known(seen("b", { state: "waiting" }), seen("c", { state: "agent", assignee: "me", unread: 0 }));
  const now = [
    seen("a", { state: "waiting" }),
    seen("b", { state: "agent", assignee: "me" }),
    seen("c", { state: "agent", assignee: "me", unread: 1, last_seq: 2 }),
    seen("d", { state: "agent", assignee: "somebody" }),
  ];
  expect(changes(before, now, "me")).toEqual([
    { kind: "waiting", id: "a" },
    { kind: "assigned", id: "b" },
    { kind: "reply", id: "c" },
  ]);
  expect(changes(known(...now), now, "me")).toEqual([]);
});

test("the tab counts those who wait", () => {
  expect(titleFor("Mine", 0)).toBe("Mine · Switchboard");
  expect(titleFor("Mine", 3)).toBe("(3) Mine · Switchboard");
  expect(titleFor("", 120)).toBe("(99+) Switchboard");
});

test("stored settings count where they fit, and never break the desk", () => {
  expect(merged(null)).toEqual(USUAL);
  expect(merged({ theme: "dark", volume: "loud", keys: null })).toMatchObject({ theme: "dark", volume: USUAL.volume, keys: {} });
  expect(merged({ alerts: { waiting: { sound: false } } }).alerts.waiting).toEqual({ desktop: true, sound: false });
});
