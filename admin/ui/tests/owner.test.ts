import { describe, expect, it } from "vitest";
import { inkOn } from "../src/bubble/Preview";
import { credentialsOf, KINDS, kindOf, madeUp } from "../src/channels/kinds";
import { spanOf } from "../src/insight/span";
import { bytes, duration, money } from "../src/owner/amounts";
import { inOrder, reordered } from "../src/ui/order";

const NOW = Date.parse("2026-03-10T12:34:56Z");

describe("what is typed for a channel", () => {
  it("goes out as lists by line, without what was left empty", () => {
    const typed = { allowed_origins: " https://a.example \n\nhttps://b.example, https://c.example ", identity_secret: " " };
    expect(credentialsOf(kindOf("webchat")!, typed)).toEqual({ allowed_origins: ["https://a.example", "https://b.example", "https://c.example"] });
  });
  it("is asked for by every kind once", () => {
    for (const kind of KINDS) expect(new Set(kind.fields.map(({ name }) => name)).size).toBe(kind.fields.length);
  });
  it("is made up long and never twice", () => {
    expect(madeUp()).toMatch(/^[0-9a-f]{64}$/);
    expect(madeUp()).not.toBe(madeUp());
  });
});

describe("the time of a report", () => {
  it("is open towards now, to the minute", () => {
    expect(spanOf({ days: "7" }, NOW).query).toEqual({ from: "2026-03-03T12:34:00.000Z" });
  });
  it("holds both of its days whole", () => {
    expect(spanOf({ from: "2026-02-27", to: "2026-02-28" }, NOW).query).toEqual({ from: "2026-02-27T00:00:00Z", to: "2026-03-01T00:00:00.000Z" });
  });
  it("falls back to thirty days for anything else", () => {
    expect(spanOf({ days: "100000" }, NOW).days).toBe(30);
    expect(spanOf({ from: "2026-03-02", to: "2026-03-01" }, NOW).days).toBe(30);
  });
});

describe("amounts", () => {
  it("are said in the units that say something", () => {
    expect(bytes("en", 1_530_000)).toBe("1.5 MB");
    expect(duration("en", 0.35)).toBe("350 ms");
    expect(duration("en", 7_500)).toBe("2 hr 5 min");
    expect(money("en", "0.000345", "USD")).toBe("$0.0003");
  });
});

describe("the lines of a table", () => {
  const lines = [{ name: "b", n: 2 }, { name: "A", n: null }, { name: "c10", n: 10 }, { name: "c9", n: 9 }];
  it("come by words as a reader sorts them, and back", () => {
    expect(inOrder(lines, (line) => line.name, false, "en").map(({ name }) => name)).toEqual(["A", "b", "c9", "c10"]);
    expect(inOrder(lines, (line) => line.name, true, "en").map(({ name }) => name)).toEqual(["c10", "c9", "b", "A"]);
  });
  it("come by figures, those without one last either way", () => {
    expect(inOrder(lines, (line) => line.n, false, "en").map(({ n }) => n)).toEqual([2, 9, 10, null]);
    expect(inOrder(lines, (line) => line.n, true, "en").map(({ n }) => n)).toEqual([10, 9, 2, null]);
  });
  it("begin with the largest figure, or the first word, and turn at each further click", () => {
    const first = reordered(null, "n", true);
    expect(first).toEqual({ by: "n", down: true });
    expect(reordered(first, "n", true)).toEqual({ by: "n", down: false });
    expect(reordered(first, "name", false)).toEqual({ by: "name", down: false });
  });
});

describe("ink", () => {
  it("is the one that is read better", () => {
    expect([inkOn("#0b7a75"), inkOn("#ffd400"), inkOn("#16202b")]).toEqual(["#ffffff", "#000000", "#ffffff"]);
  });
});
