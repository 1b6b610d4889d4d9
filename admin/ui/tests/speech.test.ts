import { expect, test } from "vitest";
import { de } from "../src/i18n/de";
import { en } from "../src/i18n/en";
import { fill, say } from "../src/i18n/speech";
import { ago, dayName, left } from "../src/i18n/time";

type Room = Record<string, string | Record<string, string>>;

function holes(message: string | Record<string, string>): string[] {
  const text = typeof message === "string" ? message : Object.values(message).join(" ");
  return [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();
}

test("German says everything that English says, with the same values in it", () => {
  for (const [room, words] of Object.entries(en)) {
    const german = (de as unknown as Record<string, Room>)[room]!;
    expect(Object.keys(german).sort()).toEqual(Object.keys(words).sort());
    for (const [word, message] of Object.entries(words as Room)) {
      const said = german[word]!;
      expect(said, `${room}.${word}`).not.toBe("");
      expect(holes(said), `${room}.${word}`).toEqual(holes(message));
    }
  }
});

test("numbers choose their plural and are written as the reader writes them", () => {
  const message = { one: "{n} thing", other: "{n} things" };
  expect(fill("en", message, { n: 1 })).toBe("1 thing");
  expect(fill("en", message, { n: 1200 })).toBe("1,200 things");
  expect(fill("de", message, { n: 1200 })).toBe("1.200 things");
  expect(say({ locale: "de", texts: de }, "bulk.count", { n: 3 })).toBe("3 ausgewählt");
});

test("a value is put in as it is, whatever it looks like", () => {
  expect(fill("en", "Hello {name}", { name: "{name} <b>$&" })).toBe("Hello {name} <b>$&");
});

test("times are told as people tell them", () => {
  const now = Date.parse("2026-11-28T12:00:00Z");
  expect(ago("en", "2026-11-28T11:59:50Z", now)).toBe("now");
  expect(ago("en", "2026-11-28T11:20:00Z", now)).toBe("40m ago");
  expect(ago("en", "2026-11-26T12:00:00Z", now)).toBe("2d ago");
  expect(dayName("en", "2026-11-28T09:00:00", Date.parse("2026-11-28T12:00:00"))).toBe("Today");
  expect(dayName("de", "2026-11-27T23:59:00", Date.parse("2026-11-28T00:05:00"))).toBe("Gestern");
  expect(left("en", "2026-11-28T14:05:00Z", now)).toBe("2 hr 5 min");
  expect(left("en", "2026-11-28T12:00:00Z", now)).toBeNull();
});
