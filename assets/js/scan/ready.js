// Says what of this device is ready for a place without a network, how old its
// data are, and what to do about the rest. Times come from what was signed; the
// device's clock is only held against them.
Scan.ready = (() => {
  const { find, t, el, drawn, time, age, amount } = Scan;
  const agent = navigator.userAgent;
  const inWeChat = /MicroMessenger/i.test(agent);
  const onApple = /iPhone|iPad|iPod/.test(agent) || /Macintosh/.test(agent) && navigator.maxTouchPoints > 1;
  const installed = () => matchMedia("(display-mode: standalone)").matches || navigator.standalone === true;
  const state = { worker: "unknown", persisted: null, storage: "unknown", crypto: "unknown", version: "" };
  let asked = 0;

  const row = (name, grade, text, todo = "") => ({ name, grade, text, todo });
  const said = (name, what, ...args) => t(`scan.check.${name}.${what}`, ...args);
  const bad = (name, what = "no", ...args) => row(name, "no", said(name, what, ...args), t(`scan.check.${name}.${what}.todo`));
  const weak = (name, what = "no", ...args) => row(name, "warn", said(name, what, ...args), t(`scan.check.${name}.${what}.todo`));
  const good = (name, ...args) => row(name, "yes", said(name, "yes", ...args));
  const open = (name) => row(name, "open", t("scan.check.wait"));
  const iso = (seconds) => new Date(seconds * 1000).toISOString();
  const ago = (seconds) => age(Scan.now() - seconds);

  function camera() {
    const now = Scan.reader.state.camera;
    if (!isSecureContext) return weak("camera", "insecure");
    return now === "unknown" ? open("camera") : now === "on" || now === "off" ? good("camera") : weak("camera", now);
  }

  function crypto() {
    if (!isSecureContext || !window.crypto?.subtle) return bad("crypto");
    return state.crypto === "unknown" ? open("crypto") : state.crypto === "ready" ? good("crypto") : bad("crypto", "failed");
  }

  function reader() {
    const now = Scan.reader.state.wasm;
    return now === "unknown" ? open("reader") : now === "ready" ? good("reader") : weak("reader");
  }

  function list() {
    const l = Scan.trust.list, refusal = Scan.trust.state.refusal;
    if (!Scan.trust.state.loaded) return open("list");
    if (!l) return refusal ? row("list", "no", Scan.errorText(refusal), t("scan.check.list.no.todo")) : bad("list");
    const facts = [String(l.number), iso(l.issuedAt), ago(l.issuedAt), iso(l.validUntil)];
    return l.validUntil <= Scan.now() ? bad("list", "old", ...facts) : good("list", ...facts);
  }

  function bundle() {
    const b = Scan.trust.best();
    if (!Scan.trust.state.loaded) return open("bundle");
    if (!b) return bad("bundle");
    const size = Object.values(Scan.trust.bundles).find((x) => x.opened === b).bytes.length;
    const facts = [String(b.number), iso(b.asOf), ago(b.asOf), iso(b.validUntil), amount(size), b.count];
    if (b.validUntil <= Scan.now()) return bad("bundle", "old", ...facts);
    const r = good("bundle", ...facts);
    return b.kind === 1 ? { ...r, text: r.text + " " + said("bundle", "camp", b.event) } : r;
  }

  function kept() {
    if (!isSecureContext || !("serviceWorker" in navigator)) return bad("page", "impossible");
    return state.worker === "unknown" ? open("page") : state.worker === "ready" ? good("page") : bad("page");
  }

  function storage() {
    if (state.storage === "failed") return bad("storage", "failed");
    if (state.persisted) return good("storage");
    return state.persisted === null && state.storage === "unknown" ? open("storage") : weak("storage", onApple && !installed() ? "apple" : "no");
  }

  function clock() {
    if (!Scan.trust.state.loaded) return open("clock");
    const newest = Scan.trust.seen?.newest;
    if (!newest) return open("clock");
    return Scan.trust.clockBehind() ? bad("clock", "no", iso(newest)) : good("clock", iso(newest));
  }

  const needed = ["crypto", "list", "bundle", "page", "clock"]; // a camera can be replaced by a scanner on a cable
  const rows = () => [list(), bundle(), kept(), crypto(), clock(), camera(), reader(), storage()];

  // draw writes the panel and the one sentence above it.
  function draw() {
    const all = rows(), marks = { yes: "yes", no: "no", warn: "warn", open: "open" };
    find("[data-rows]").replaceChildren(...all.map((r) => el("li", { class: "is-" + r.grade, "data-row": r.name, "data-grade": r.grade },
      drawn("mark-" + marks[r.grade]), el("div", {}, el("b", {}, t(`scan.check.${r.name}`)), " ", el("span", { class: "grade" }, t("scan.grade." + r.grade)), el("p", {}, r.text), r.todo ? el("p", { class: "todo" }, r.todo) : null))));
    const missing = all.filter((r) => needed.includes(r.name) && r.grade === "no"), waiting = all.some((r) => needed.includes(r.name) && r.grade === "open");
    const verdict = missing.length ? "no" : waiting ? "wait" : "yes";
    const line = find("[data-ready]"), b = Scan.trust.best();
    line.dataset.ready = verdict;
    const text = verdict === "yes" ? t("scan.ready.yes", iso(Math.min(b.validUntil, Scan.trust.list.validUntil))) : verdict === "no" ? t("scan.ready.no", missing.map((r) => t(`scan.check.${r.name}`)).join(" · ")) : t("scan.ready.wait");
    if (line.dataset.said === text) return;
    line.dataset.said = text;
    line.replaceChildren(drawn("mark-" + (verdict === "yes" ? "yes" : verdict === "no" ? "no" : "open")), el("span", {}, text));
  }

  // places says where this browser keeps nothing, or not for long.
  function places() {
    const lines = [];
    if (inWeChat) lines.push("wechat");
    if (!isSecureContext) lines.push("insecure");
    if (onApple && !installed()) lines.push("apple");
    if (state.storage === "failed") lines.push("private");
    const box = find("[data-places]");
    box.hidden = !lines.length;
    box.replaceChildren(...lines.map((l) => el("div", { class: "notice warn" }, drawn("mark-warn"), el("div", {}, el("b", {}, t(`scan.place.${l}`)), el("p", {}, t(`scan.place.${l}.todo`))))));
  }

  async function probe() {
    Scan.verifier.then(() => { state.crypto = "ready"; }, () => { state.crypto = "failed"; }).then(draw);
    try {
      await Scan.store.put("probe", 1);
      state.storage = "ready";
      state.persisted = await Scan.store.persist();
    } catch {
      state.storage = "failed";
    }
    places();
    draw();
  }

  function begin() {
    Scan.trust.watch(draw);
    places();
    draw();
    probe();
    setInterval(draw, 30000);
    find("[data-renew]").addEventListener("click", async (event) => {
      const button = event.currentTarget, turn = ++asked;
      button.disabled = true;
      const result = await Scan.trust.refresh();
      button.disabled = false;
      if (turn !== asked) return;
      if (result) Scan.passing.notice(result);
      else Scan.notify([["warn", t("scan.renew.failed")]]);
    });
    find("[data-forget]").addEventListener("click", async () => {
      if (!window.confirm(t("scan.forget.sure"))) return;
      await Scan.trust.forget();
      await Scan.trust.refresh();
    });
  }

  return { begin, draw, state };
})();
