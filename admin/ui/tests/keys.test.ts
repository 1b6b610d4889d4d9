import { expect, test } from "vitest";
import { actionOf, ACTIONS, keysFor, refusal, withMod } from "../src/keys/keymap";
import { matching } from "../src/keys/matching";
import { safeNext } from "../src/session/next";

const press = (key: string, more = {}) => ({ key, altKey: false, ctrlKey: false, metaKey: false, ...more });
const usual = keysFor({});

test("letters act outside of text fields and nowhere else", () => {
  expect(actionOf(press("n"), false, usual)).toBe("note");
  expect(actionOf(press("n"), true, usual)).toBeNull();
});

test("nothing listens to Alt, which types characters on some keyboards", () => {
  for (const key of Object.values(ACTIONS)) {
    expect(actionOf(press(key, { altKey: true }), false, usual)).toBeNull();
    expect(actionOf(press(key, { altKey: true, ctrlKey: true }), false, usual)).toBeNull();
  }
  expect(withMod(press("k", { altKey: true, ctrlKey: true }), "k")).toBe(false);
});

test("a key of one's own wins over the usual one of something else", () => {
  const keys = keysFor({ reply: "n" });
  expect(actionOf(press("n"), false, keys)).toBe("reply");
  expect(actionOf(press("r"), false, keys)).toBeNull();
  expect(keys.note).toBe("");
});

test("a key is one letter or sign", () => {
  expect([refusal("x"), refusal("€"), refusal("ab"), refusal(""), refusal(" ")]).toEqual([null, null, "many", "none", "reserved"]);
});

test("things are found by parts of their names", () => {
  const things = ["Go to Mine", "Mine everything", "Resolve"].map((name) => ({ name }));
  expect(matching(things, "mine").map(({ name }) => name)).toEqual(["Mine everything", "Go to Mine"]);
  expect(matching(things, "go mi")).toHaveLength(1);
});

test("signing in leads to pages of ours alone", () => {
  expect(safeNext("/demo/inbox/mine?q=a", "/")).toBe("/demo/inbox/mine?q=a");
  for (const bad of ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", undefined]) {
    expect(safeNext(bad, "/home")).toBe("/home");
  }
});
