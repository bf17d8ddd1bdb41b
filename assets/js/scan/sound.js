// A verdict by ear and by hand: each family has its own tones and its own
// rhythm, so that nobody has to look twice.
Scan.sound = (() => {
  const tunes = { // [hertz, milliseconds] in turn; 0 is silence
    yes: [[880, 90], [0, 30], [1320, 170]],
    no: [[196, 260], [0, 90], [196, 260]],
    replaced: [[660, 110], [0, 50], [660, 110], [0, 50], [990, 150]],
    cannot_tell: [[440, 420]],
    chunk: [[1760, 18]],
  };
  const rhythms = { yes: [60], no: [250, 120, 250], replaced: [80, 60, 80, 60, 80], cannot_tell: [420] };
  let context;

  // wake must be called from a tap: browsers are silent until then.
  function wake() {
    const Context = window.AudioContext ?? window.webkitAudioContext;
    if (!Context) return;
    context ??= new Context();
    if (context.state === "suspended") context.resume().catch(() => {});
  }

  function tone(hertz, from, length) {
    const wave = context.createOscillator(), volume = context.createGain();
    wave.type = hertz < 300 ? "square" : "sine";
    wave.frequency.value = hertz;
    volume.gain.setValueAtTime(0.0001, from);
    volume.gain.exponentialRampToValueAtTime(0.35, from + 0.012);
    volume.gain.setValueAtTime(0.35, from + length - 0.03 > from ? from + length - 0.03 : from + length / 2);
    volume.gain.exponentialRampToValueAtTime(0.0001, from + length);
    wave.connect(volume).connect(context.destination);
    wave.start(from);
    wave.stop(from + length);
  }

  function play(verdict) {
    if (navigator.vibrate && rhythms[verdict] && navigator.userActivation?.hasBeenActive !== false) navigator.vibrate(rhythms[verdict]);
    if (context?.state !== "running") return;
    let at = context.currentTime;
    for (const [hertz, ms] of tunes[verdict] ?? []) {
      if (hertz) tone(hertz, at, ms / 1000);
      at += ms / 1000;
    }
  }

  return { wake, play };
})();
