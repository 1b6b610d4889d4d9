// Two soft tones, made here: no file to fetch. Browsers let a page sound only after somebody has touched it.

let context: AudioContext | null = null;

function ready(): AudioContext | null {
  if (typeof AudioContext === "undefined") return null;
  context ??= new AudioContext();
  if (context.state === "suspended") void context.resume().catch(() => undefined);
  return context;
}

/** After the first touch sounds can come without one. */
export function unlockSound(): () => void {
  const unlock = () => void ready();
  const options = { once: true, capture: true };
  addEventListener("pointerdown", unlock, options);
  addEventListener("keydown", unlock, options);
  return () => {
    removeEventListener("pointerdown", unlock, options);
    removeEventListener("keydown", unlock, options);
  };
}

const TUNES = { waiting: [659.25, 880], other: [587.33] };

/** `volume` from 0 to 1. Says so on the document too, for those who cannot hear it: a page may show it. */
export function play(kind: "waiting" | "other", volume: number): void {
  document.dispatchEvent(new CustomEvent("switchboard:sound", { detail: kind }));
  const audio = ready();
  if (!audio || volume <= 0) return;
  TUNES[kind].forEach((pitch, n) => {
    const start = audio.currentTime + n * 0.16;
    const tone = audio.createOscillator();
    const gain = audio.createGain();
    tone.type = "sine";
    tone.frequency.value = pitch;
    gain.gain.setValueAtTime(0.0001, start);
    gain.gain.exponentialRampToValueAtTime(Math.max(0.001, volume * 0.35), start + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.0001, start + 0.45);
    tone.connect(gain).connect(audio.destination);
    tone.start(start);
    tone.stop(start + 0.5);
  });
}
