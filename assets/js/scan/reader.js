// The camera, and pictures of codes. Frames go to the browser's own detector
// where there is one, and to zxing in a worker; what is read goes to whoever
// listens. No frame is kept.
Scan.reader = (() => {
  const { find, t } = Scan;
  const video = find("[data-video]"), frame = find("[data-frame]");
  const canvas = document.createElement("canvas"), pen = canvas.getContext("2d", { willReadFrequently: true });
  const cool = 2500; // ms for which a code must be gone before it counts again
  const widest = 960, largestPicture = 2400; // pixels that are looked at
  let stream = null, running = false, paused = false, worker = null, detector, wake = null, turn = 0;
  let last = { text: "", at: 0 }, heard = () => {}, changed = () => {};
  const waiting = new Map();
  const state = { camera: "unknown", wasm: "unknown", error: "" };

  // start loads the decoder, once; a worker that died is started anew.
  function decoder() {
    if (worker) return worker;
    worker = new Worker(`${Scan.paths.decode}?${new URLSearchParams({ zxing: Scan.paths.zxing, wasm: Scan.paths.wasm })}`);
    worker.onmessage = ({ data }) => {
      if ("ready" in data) {
        state.wasm = data.ready ? "ready" : "failed";
        return changed();
      }
      waiting.get(data.id)?.(data.texts);
      waiting.delete(data.id);
    };
    worker.onerror = (event) => {
      state.wasm = "failed";
      state.error = event.message ?? "";
      worker.terminate();
      worker = null;
      for (const done of waiting.values()) done([]);
      waiting.clear();
      changed();
    };
    return worker;
  }

  function decode(image) {
    const id = ++turn;
    return new Promise((done) => {
      waiting.set(id, done);
      decoder().postMessage({ id, width: image.width, height: image.height, pixels: image.data.buffer }, [image.data.buffer]);
    });
  }

  // native is the browser's own detector, if it knows QR codes.
  async function native() {
    if (detector !== undefined) return detector;
    try {
      detector = "BarcodeDetector" in window && (await BarcodeDetector.getSupportedFormats()).includes("qr_code") ? new BarcodeDetector({ formats: ["qr_code"] }) : null;
    } catch {
      detector = null;
    }
    return detector;
  }

  // look reads one frame: the square that the person sees.
  async function look() {
    const { videoWidth: w, videoHeight: h } = video, side = Math.min(w, h), size = Math.min(side, widest);
    if (!side) return [];
    const own = await native();
    if (own) {
      const found = await own.detect(video).catch(() => []);
      if (found.length || turn++ % 3) return found.map((f) => f.rawValue); // the detector misses some: zxing sees each third frame
    }
    canvas.width = canvas.height = size;
    pen.drawImage(video, (w - side) / 2, (h - side) / 2, side, side, 0, 0, size, size);
    return decode(pen.getImageData(0, 0, size, size));
  }

  const nextFrame = () => new Promise((done) => {
    const soon = setTimeout(done, 120);
    video.requestVideoFrameCallback?.(() => { clearTimeout(soon); done(); });
  });

  async function loop() {
    while (running) {
      await nextFrame();
      if (paused || document.hidden) {
        await new Promise((done) => setTimeout(done, 100));
        continue;
      }
      const began = performance.now();
      for (const text of await look()) if (running && !paused) hear(text, began);
    }
  }

  // hear passes a code on, unless it is the one before, still in the picture.
  function hear(text, began) {
    const now = performance.now(), same = text === last.text && now - last.at < cool;
    last = { text, at: now };
    frame.classList.toggle("is-same", same && !Scan.pass.isFrame(text));
    if (!same) heard(text, "camera", began);
  }

  // start asks for the camera that looks away from the person.
  async function start() {
    if (running) return;
    if (!navigator.mediaDevices?.getUserMedia) {
      state.camera = "missing";
      return changed();
    }
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 960 } } });
    } catch (error) {
      state.camera = error.name === "NotAllowedError" || error.name === "SecurityError" ? "refused" : error.name === "NotFoundError" || error.name === "OverconstrainedError" ? "missing" : "busy";
      return changed();
    }
    video.srcObject = stream;
    await video.play().catch(() => {});
    running = true;
    state.camera = "on";
    stream.getVideoTracks()[0].addEventListener("ended", stop);
    wake = await navigator.wakeLock?.request("screen").catch(() => null) ?? null;
    changed();
    loop();
  }

  function stop() {
    running = false;
    stream?.getTracks().forEach((track) => track.stop());
    stream = video.srcObject = null;
    wake?.release().catch(() => {});
    wake = null;
    if (state.camera === "on") state.camera = "off";
    changed();
  }

  const track = () => stream?.getVideoTracks()[0];
  const hasTorch = () => Boolean(track()?.getCapabilities?.().torch);

  async function torch(on) {
    await track()?.applyConstraints({ advanced: [{ torch: on }] }).catch(() => {});
  }

  // photo reads a picture of a code, at two sizes: small ones hide in large pictures.
  async function photo(file) {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    for (const most of [largestPicture, 1000]) {
      const scale = Math.min(1, most / Math.max(picture.width, picture.height));
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
      const texts = await decode(pen.getImageData(0, 0, canvas.width, canvas.height));
      if (texts.length) return texts[0];
    }
    return null;
  }

  // pause stops looking while a result is on the screen; what is in the picture
  // when it goes on was just checked.
  function pause(yes) {
    paused = yes;
    if (!yes) last.at = performance.now();
  }

  // probe finds out what can be known without asking the person for the camera.
  async function probe() {
    decoder();
    if (!navigator.mediaDevices?.enumerateDevices) {
      state.camera = "missing";
      return changed();
    }
    const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    const allowed = await navigator.permissions?.query({ name: "camera" }).then((p) => p.state).catch(() => "prompt");
    if (state.camera === "unknown") state.camera = allowed === "denied" ? "refused" : devices.some((d) => d.kind === "videoinput") ? "off" : "missing";
    changed();
  }

  return { state, start, stop, photo, pause, probe, torch, hasTorch, get running() { return running; }, listen: (f) => { heard = f; }, watch: (f) => { changed = f; }, forgetLast: () => { last = { text: "", at: 0 }; } };
})();
