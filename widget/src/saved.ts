// The conversation as a text file for the visitor to keep, and the sound that tells of an answer. Nothing is fetched.

import { clock, day, type Speech } from "./i18n";
import type { Message } from "./protocol";

/** The conversation as plain text, one paragraph a message. */
export function asText(messages: Message[], speech: Speech, said: (message: Message) => string): string {
  return messages
    .filter((message) => !message.deleted_at)
    .map(({ author, at, ...message }) => {
      const name = author.kind === "contact" ? speech.say("you") : (author.name ?? speech.say(author.kind === "agent" ? "colleague" : "bot"));
      return `${day(speech.locale, at)} ${clock(speech.locale, at)}  ${name}\n${said({ author, at, ...message })}\n`;
    })
    .join("\n");
}

export function saveText(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

let player: AudioContext | null = null;

/** Two short soft tones, made here. Silent where the browser does not allow sound yet. */
export function chime(): void {
  try {
    player ??= new AudioContext();
    [660, 880].forEach((pitch, index) => {
      const tone = (player as AudioContext).createOscillator();
      const level = (player as AudioContext).createGain();
      const start = (player as AudioContext).currentTime + index * 0.12;
      tone.frequency.value = pitch;
      level.gain.setValueAtTime(0.0001, start);
      level.gain.exponentialRampToValueAtTime(0.08, start + 0.02);
      level.gain.exponentialRampToValueAtTime(0.0001, start + 0.12);
      tone.connect(level).connect((player as AudioContext).destination);
      tone.start(start);
      tone.stop(start + 0.14);
    });
  } catch {
    // No sound is no loss.
  }
}
