// The sound that tells of an answer. Nothing is fetched.

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
