import { expect, test } from "vitest";
import { plainText } from "../src/ui/plainText";

test.each([
  ["**Send it back** within _30 days_.", "Send it back within 30 days."],
  ["# Returns\n\n- one\n- two\n\n> said", "Returns one two said"],
  ["See [our page](https://example.com/x) or `hub up`", "See our page or hub up"],
  ["![a map](https://example.com/map.png)", "a map"],
  ["| a | b |\n|---|---|\n| 1 | 2 |", "a b 1 2"],
  ["first\nsecond", "first second"],
  ["Hello {{customer.name}}, 2 * 3 < 7 & more", "Hello {{customer.name}}, 2 * 3 < 7 & more"],
  ["<b>bold</b>", "<b>bold</b>"],
  ["", ""],
])("%s", (markdown, words) => {
  expect(plainText(markdown)).toBe(words);
});

test("what is long ends in three dots", () => {
  const words = plainText("word ".repeat(200), 20);
  expect(words).toBe("word word word word…");
});
