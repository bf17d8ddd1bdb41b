// Puts the scanner together: what was scanned or typed is judged on this device
// and, where there is a network, by the registry; then it is shown.
(() => {
  const { find, t, el, drawn } = Scan;
  const patience = 2000, longPatience = 6000; // ms for the registry before the device's own verdict is shown
  const statuses = [200, 404, 503]; // with which the registry sends an answer
  let turn = 0, networkIsBad = false, reload = false;

  const setting = (name) => { try { return localStorage.getItem("scan-" + name); } catch { return null; } };
  const remember = (name, value) => { try { localStorage.setItem("scan-" + name, value); } catch { /* a browser that keeps nothing */ } };
  Scan.settings = { sound: setting("sound") !== "0", auto: setting("auto") === "1" };

  Scan.errorText = ({ code, args }) => {
    if (code === "crypto.missing") return t("scan.check.crypto.no") + " " + t("scan.check.crypto.no.todo");
    const key = Scan.has("error." + code) ? "error." + code : "error.scan.failed";
    return `${t(key, ...args ?? [])}. ${t(key + ".fix", ...args ?? [])}`.replace(/([.。!?])\. /, "$1 ");
  };

  Scan.notify = (lines) => {
    const marks = { good: "yes", bad: "no", warn: "warn", info: "info" };
    find("[data-notices]").replaceChildren(...lines.map(([tone, text]) => el("div", { class: "notice " + tone, "data-notice": tone }, drawn("mark-" + marks[tone]), el("div", {}, el("p", {}, text)))));
  };

  // ask is the registry's answer, null for anything that is not one: a request
  // that failed says nothing about a certificate.
  async function ask(code) {
    if (!navigator.onLine) return null;
    try {
      const answer = await fetch("/api/v1/verify/" + code, { credentials: "omit", cache: "no-store", headers: { Accept: "application/json" }, signal: AbortSignal.timeout?.(8000) });
      if (!statuses.includes(answer.status) || answer.redirected) return null;
      const said = await answer.json(), V = await Scan.verifier;
      const whole = said && typeof said.status === "string" && said.checks?.signature && Array.isArray(said.reasons) && Scan.has("verdict.word." + said.status) && V.verdictOf(said.status) === said.verdict;
      return whole && (answer.status === 404) === (said.status === "not_found") ? said : null;
    } catch {
      return null;
    }
  }

  // read makes a scan of what came: a link, or a code as people type it.
  async function read(text) {
    const V = await Scan.verifier;
    if (text.includes("://")) return V.parseScan(text);
    return { origin: "", code: V.codeOf(text), record: null };
  }

  // paperOf is what stands in the QR code, before anybody vouches for it.
  async function paperOf(scan) {
    const V = await Scan.verifier, l = Scan.trust.list;
    const foreign = Boolean(scan.origin) && !(l ? l.origins.includes(scan.origin) : scan.origin === location.origin);
    const paper = { foreign, origin: scan.origin, record: scan.record !== null, says: null };
    try {
      const { claims } = V.openRecord(scan.record ?? new Uint8Array(0)), issuer = l?.issuers.get(claims.issuer);
      paper.says = V.shown(claims, issuer ?? { name: {} }, Scan.trust.best());
    } catch { /* it cannot be read */ }
    return paper;
  }

  async function judge(text, by, began = performance.now()) {
    if (Scan.pass.isFrame(text)) return Scan.passing.frame(text);
    if (reload) return;
    let scan;
    const mine = ++turn;
    Scan.reader.pause(true);
    try {
      scan = await read(text);
    } catch (refusal) {
      return unread(refusal, by, text);
    }
    Scan.notify([]);
    find("[data-frame]").classList.add("is-working");
    const V = await Scan.verifier, code = V.grouped(scan.code), asked = ask(scan.code);
    const offline = await Scan.trust.decide(scan), paper = await paperOf(scan);
    const wait = !navigator.onLine ? 0 : offline.verdict === "cannot_tell" ? longPatience : networkIsBad ? 0 : patience;
    const late = new Promise((done) => setTimeout(() => done(undefined), wait));
    const online = await Promise.race([asked, late]);
    networkIsBad = !online;
    if (mine !== turn) return;
    await show(Scan.combine.answer(online ?? null, offline, paper), code, began);
    if (online !== undefined) return;
    const answer = await asked; // it comes after all: what it says counts, while the result is still looked at
    networkIsBad = !answer;
    if (answer && mine === turn && Scan.result.open) await Scan.result.show(Scan.combine.answer(answer, offline, paper), { code, again: true });
  }

  async function show(answer, code, began) {
    find("[data-frame]").classList.remove("is-working");
    find("[data-result]").dataset.took = Math.round(performance.now() - began);
    await Scan.result.show(answer, { code });
  }

  // unread says that a text is no certificate's; a mistyped code has its own screen.
  async function unread(refusal, by, text) {
    if (refusal.code === "code.mistyped") {
      const answer = { status: "mistyped", verdict: "cannot_tell", reasons: [], checks: {} };
      return Scan.result.show(answer, { code: text.includes("://") ? "" : text.slice(0, 32) });
    }
    Scan.reader.pause(false);
    Scan.notify([["warn", Scan.errorText(typeof refusal.code === "string" ? refusal : { code: "scan.failed" })]]);
  }

  // back goes on scanning.
  function back() {
    turn++;
    if (location.pathname !== "/scan") history.replaceState(null, "", "/scan?lang=" + Scan.lang.slice(0, 2));
    Scan.reader.pause(false);
    if (reload) location.reload();
    (Scan.reader.running ? find("[data-stop]") : find("[data-start]")).focus({ preventScroll: true });
  }

  function camera() {
    const { state, running } = Scan.reader;
    const trouble = ["missing", "refused", "busy"].includes(state.camera);
    find("[data-frame]").classList.toggle("is-on", running);
    find("[data-start]").hidden = running;
    find("[data-stop]").hidden = !running;
    find("[data-torch]").hidden = !running || !Scan.reader.hasTorch();
    find("[data-camera-said]").textContent = trouble && !running ? t(`scan.check.camera.${isSecureContext ? state.camera : "insecure"}`) : "";
    Scan.ready.draw();
  }

  function buttons() {
    find("[data-start]").addEventListener("click", async () => {
      Scan.sound.wake();
      Scan.passing.stopCodes();
      await Scan.reader.start();
      remember("camera", Scan.reader.running ? "1" : "0");
    });
    find("[data-stop]").addEventListener("click", () => { Scan.reader.stop(); remember("camera", "0"); });
    find("[data-torch]").addEventListener("click", async (event) => {
      const on = event.currentTarget.getAttribute("aria-pressed") !== "true";
      event.currentTarget.setAttribute("aria-pressed", on);
      await Scan.reader.torch(on);
    });
    find("[data-photo]").addEventListener("change", async (event) => {
      const [file] = event.target.files;
      Scan.sound.wake();
      if (!file) return;
      const text = await Scan.reader.photo(file).catch(() => null);
      event.target.value = "";
      if (text) await judge(text, "photo");
      else Scan.notify([["warn", t("scan.photo.none")]]);
    });
    find("[data-typed]").addEventListener("submit", (event) => {
      event.preventDefault();
      const field = event.target.elements.code, text = field.value.trim();
      Scan.sound.wake();
      if (!text) return field.focus();
      field.value = "";
      judge(text, "typed");
    });
    for (const name of ["sound", "auto"]) {
      const box = find(`[data-set="${name}"]`);
      box.checked = Scan.settings[name];
      box.addEventListener("change", () => {
        Scan.settings[name] = box.checked;
        remember(name, box.checked ? "1" : "0");
      });
    }
  }

  // keep has a worker keep the page. A newer version of it is taken at once while
  // nothing is being checked, otherwise after the result.
  async function keep() {
    if (!isSecureContext || !("serviceWorker" in navigator)) return;
    const { serviceWorker } = navigator, had = Boolean(serviceWorker.controller);
    const renewed = (worker) => worker.postMessage("take over");
    serviceWorker.addEventListener("controllerchange", () => {
      if (!had) return;
      reload = true;
      if (!Scan.result.open) location.reload();
    });
    try {
      const kept = await serviceWorker.register(find("[data-worker]").dataset.worker, { scope: "/", updateViaCache: "none" });
      if (kept.waiting && had) renewed(kept.waiting);
      kept.addEventListener("updatefound", () => {
        const worker = kept.installing;
        worker.addEventListener("statechange", () => { if (worker.state === "installed" && serviceWorker.controller && had) renewed(worker); });
      });
      await serviceWorker.ready;
      Scan.ready.state.worker = "ready";
      setInterval(() => kept.update().catch(() => {}), 3600e3);
    } catch {
      Scan.ready.state.worker = serviceWorker.controller ? "ready" : "failed";
    }
    Scan.ready.draw();
  }

  async function resume() {
    if (setting("camera") !== "1" || !isSecureContext) return;
    const allowed = await navigator.permissions?.query({ name: "camera" }).catch(() => null);
    if (allowed?.state === "granted" && !Scan.result.open) await Scan.reader.start();
  }

  async function begin() {
    Scan.page.querySelectorAll("[data-script]").forEach((e) => { e.hidden = false; });
    Scan.reader.listen(judge);
    Scan.reader.watch(camera);
    Scan.keyboard.begin(judge);
    Scan.passing.begin();
    Scan.ready.begin();
    buttons();
    await Scan.result.begin(back);
    keep();
    Scan.reader.probe();
    await Scan.trust.ready;
    const link = /^\/v\/[^/]+$/i.test(location.pathname);
    Scan.trust.refresh();
    if (link) await judge(location.origin + location.pathname + location.hash, "link");
    setInterval(Scan.trust.refresh, 300e3);
    addEventListener("online", () => { networkIsBad = false; Scan.trust.refresh(); });
    document.addEventListener("visibilitychange", () => { if (!document.hidden) { Scan.ready.draw(); Scan.trust.refresh(); } });
    if (!link) await resume();
    Scan.page.dataset.begun = "1";
  }
  begin();
})();
