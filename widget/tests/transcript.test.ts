import { describe, expect, it } from "vitest";
import type { Delta, Message } from "../src/protocol";
import { Transcript } from "../src/transcript";

function message(seq: number, more: Partial<Message> = {}): Message {
  return {
    id: `m${seq}`,
    conversation_id: "c",
    seq,
    prev_seq: seq - 1,
    direction: "out",
    author: { kind: "bot" },
    parts: [{ type: "text", text: `text ${seq}` }],
    at: "2026-11-01T10:00:00Z",
    ...more,
  };
}

const delta = (n: number, text: string, floor_epoch = 0, message_id = "a"): Delta => ({ message_id, floor_epoch, n, text });
const texts = (t: Transcript) => [...t.streams.values()].map((s) => s.text);

describe("messages", () => {
  it("stand in the server's order, each once, however they arrive", () => {
    const transcript = new Transcript();
    for (const seq of [2, 1, 3, 2]) transcript.take(message(seq, { prev_seq: 0 }));
    expect(transcript.messages.map((m) => m.seq)).toEqual([1, 2, 3]);
  });

  it("say when something is missing before them", () => {
    const transcript = new Transcript();
    expect(transcript.take(message(1))).toBe(false);
    expect(transcript.take(message(5, { prev_seq: 4 }))).toBe(true);
    expect(transcript.lastSeq).toBe(1);
    transcript.reached("c", 5);
    expect(transcript.take(message(6))).toBe(false);
    expect(transcript.lastSeq).toBe(6);
  });

  it("are no gap where the server skips what a visitor may not see", () => {
    const transcript = new Transcript();
    transcript.take(message(1));
    expect(transcript.take(message(4, { prev_seq: 1 }))).toBe(false);
  });

  it("start anew in a new conversation and keep the old one above", () => {
    const transcript = new Transcript();
    transcript.take(message(7, { prev_seq: 0 }));
    transcript.take(message(1, { id: "n1", conversation_id: "d", prev_seq: 0 }));
    expect(transcript.conversation).toBe("d");
    expect(transcript.lastSeq).toBe(1);
    expect(transcript.messages.map((m) => m.id)).toEqual(["m7", "n1"]);
  });
});

describe("a growing answer", () => {
  it("is put together in order, each piece once", () => {
    const transcript = new Transcript();
    for (const piece of [delta(0, "a"), delta(2, "c"), delta(0, "a"), delta(1, "b")]) transcript.grow(piece);
    expect(texts(transcript)).toEqual(["abc"]);
  });

  it("is replaced by the final message, and nothing late brings it back", () => {
    const transcript = new Transcript();
    transcript.grow(delta(0, "half", 0, "m1"));
    transcript.take(message(1));
    expect(transcript.grow(delta(1, " late", 0, "m1"))).toBe(false);
    expect(transcript.streams.size).toBe(0);
  });

  it("stops for good when it is withdrawn", () => {
    const transcript = new Transcript();
    transcript.grow(delta(0, "half"));
    transcript.withdraw("a");
    expect(transcript.withdrawn.size).toBe(1);
    expect(transcript.grow(delta(1, "more"))).toBe(false);
    expect(transcript.streams.size).toBe(0);
  });

  it("stops when a person takes the floor", () => {
    const transcript = new Transcript();
    transcript.grow(delta(0, "half", 1));
    transcript.raise(2);
    expect(transcript.streams.size).toBe(0);
    expect(transcript.grow(delta(1, "more", 1))).toBe(false);
    expect(transcript.grow(delta(0, "older", 1, "b"))).toBe(false);
    expect(transcript.grow(delta(0, "new", 2, "c"))).toBe(true);
    expect(texts(transcript)).toEqual(["new"]);
  });

  it("is withdrawn when a newer floor speaks", () => {
    const transcript = new Transcript();
    transcript.grow(delta(0, "old", 1));
    transcript.grow(delta(0, "new", 2, "b"));
    expect(texts(transcript)).toEqual(["new"]);
  });

  it("waits for a missing piece without limitless memory", () => {
    const transcript = new Transcript();
    for (let n = 1; n < 2_000; n += 1) transcript.grow(delta(n, "x"));
    expect(transcript.streams.get("a")?.ahead.size).toBe(500);
    expect(texts(transcript)).toEqual([""]);
  });
});
