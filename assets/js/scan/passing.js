// Hands the data of this device to another, and takes it from one: by file, or
// by QR codes that this screen shows in turn and the other's camera reads in any
// order. What was read stays until the rest arrives, also when the page is left.
Scan.passing = (() => {
  const { find, t, el, amount } = Scan;
  const pace = 220; // ms for which one code is shown
  const slow = 400; // codes from which a file is the better way
  const canvas = find("[data-codes]"), receiving = find("[data-receiving]");
  let showing = 0, transfer = null, unsaved = 0, queue = Promise.resolve();

  const bytesNow = () => ({ list: Scan.trust.listBytes, bundle: Object.values(Scan.trust.bundles).find((b) => b.opened === Scan.trust.best())?.bytes ?? null });

  async function packed() {
    const { list, bundle } = bytesNow();
    return list ? Scan.pass.pack(list, bundle) : null;
  }

  const fileName = () => `passmuster-data-${Scan.trust.best()?.number ?? Scan.trust.list.number}.passmuster`;

  async function save() {
    const file = await packed();
    if (!file) return say(t("scan.pass.nothing"));
    const url = URL.createObjectURL(new Blob([file], { type: "application/octet-stream" }));
    el("a", { href: url, download: fileName() }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
    say(t("scan.pass.saved", fileName(), amount(file.length)));
  }

  const say = (text) => { find("[data-pass-said]").textContent = text; };

  // length is what the sequence takes, in words: each code twice, as cameras miss some.
  function length(count) {
    const seconds = Math.ceil(count * pace * 1.6 / 1000) + 1;
    return seconds < 90 ? t("scan.pass.seconds", seconds) : t("scan.pass.minutes", Math.ceil(seconds / 60));
  }

  async function showCodes() {
    stopCodes();
    const file = await packed();
    if (!file) return say(t("scan.pass.nothing"));
    const codes = await Scan.pass.frames(file);
    if (!codes) return say(t("scan.pass.too_large", amount(file.length)));
    Scan.reader.stop();
    const box = find("[data-code-box]"), turn = ++showing;
    box.hidden = false;
    say(t(codes.count > slow ? "scan.pass.long" : "scan.pass.takes", codes.count, length(codes.count)));
    box.scrollIntoView({ block: "start" });
    const wake = await navigator.wakeLock?.request("screen").catch(() => null);
    for (let i = 0; turn === showing; i = (i + 1) % codes.count) {
      const began = performance.now();
      Scan.qr.draw(canvas, codes.text(i), Math.min(box.clientWidth, 640) * Math.ceil(devicePixelRatio));
      canvas.dataset.frame = i;
      find("[data-code-count]").textContent = t("scan.pass.frame", i + 1, codes.count);
      if (codes.count === 1) break;
      await new Promise((done) => setTimeout(done, Math.max(30, pace - (performance.now() - began))));
    }
    if (turn === showing) return;
    wake?.release().catch(() => {});
  }

  function stopCodes() {
    showing++;
    find("[data-code-box]").hidden = true;
  }

  // frame takes one code of a sequence after the other.
  const frame = (text) => { queue = queue.then(() => piece(text)); return queue; };

  // piece keeps what a code says. A new transfer replaces an unfinished one, and
  // what is read now what was read before at its place: that may have been forged.
  async function piece(text) {
    let f;
    try {
      f = Scan.pass.frame(text);
    } catch {
      return;
    }
    transfer ??= await Scan.store.get("transfer").catch(() => null) ?? null;
    if (transfer?.id !== f.id || transfer.count !== f.count) {
      if (transfer?.done === f.id) return;
      transfer = { id: f.id, count: f.count, pieces: new Map(), done: transfer?.done };
    }
    const before = transfer.pieces.get(f.index);
    if (before && Scan.pass.same(before, f.data)) return progress(transfer.pieces.size, f.count);
    transfer.pieces.set(f.index, f.data.slice());
    if (Scan.settings.sound) Scan.sound.play("chunk");
    progress(transfer.pieces.size, f.count);
    if (transfer.pieces.size === f.count) return finish(f);
    if (++unsaved % 8 === 0 || f.count <= 64) await Scan.store.put("transfer", transfer).catch(() => {}); // it goes on without
  }

  function progress(got, count) {
    receiving.hidden = false;
    find("[data-bar]").max = count;
    find("[data-bar]").value = got;
    find("[data-bar-said]").textContent = t("scan.pass.progress", got, count);
  }

  // finish puts the pieces together. Where they are of two files, the true one may
  // still be shown, so they stay.
  async function finish(f) {
    try {
      const file = await Scan.pass.whole(Array.from({ length: f.count }, (_, i) => transfer.pieces.get(i)));
      transfer = { id: "", count: 0, pieces: new Map(), done: f.id };
      await Scan.store.remove("transfer").catch(() => {});
      receiving.hidden = true;
      await takeFile(file);
    } catch (error) {
      tell(error);
    }
  }

  // takeFile takes a file of ours, or a list or bundle as the registry serves them.
  async function takeFile(file) {
    const offer = file[0] === 0xd2 ? await bare(file) : await Scan.pass.unpack(file);
    const result = await Scan.trust.take(offer, "hand");
    notice(result);
    return result;
  }

  // bare finds out which of the two a signed document is, by opening it.
  async function bare(file) {
    const V = await Scan.verifier;
    try {
      V.rootOf(file);
      return { list: file, bundle: null };
    } catch {
      return { list: null, bundle: file };
    }
  }

  // notice says what became of what arrived.
  function notice({ list, bundle }) {
    const lines = [], refused = Scan.trust.refused;
    const number = { list: Scan.trust.list?.number, bundle: Scan.trust.best()?.number };
    for (const [what, result] of Object.entries({ list, bundle })) {
      if (result === "new") lines.push(["good", t(`scan.took.${what}`, String(number[what]))]);
      else if (result === "same") lines.push(["info", t(`scan.same.${what}`)]);
      else if (refused(result)) lines.push(["bad", Scan.errorText(result)]);
    }
    Scan.notify(lines);
  }

  const tell = (error) => Scan.notify([["bad", Scan.errorText(typeof error.code === "string" ? error : { code: "scan.transfer", args: [] })]]);

  function begin() {
    find("[data-save]").addEventListener("click", save);
    find("[data-show-codes]").addEventListener("click", showCodes);
    find("[data-stop-codes]").addEventListener("click", () => { stopCodes(); say(""); });
    find("[data-load]").addEventListener("change", async (event) => {
      const [file] = event.target.files;
      if (!file) return;
      try {
        await takeFile(new Uint8Array(await file.arrayBuffer()));
      } catch (error) {
        tell(error);
      }
      event.target.value = "";
    });
  }

  return { begin, frame, takeFile, notice, stopCodes };
})();
