// Shows an answer as the result page does: word, shape, pattern and colour, the
// course in the verdict, then the name to compare. It keeps a tally of verdicts
// and nothing about anybody.
Scan.result = (() => {
  const { t, el, drawn, find, date, time, age, name, has } = Scan;
  const box = find("[data-result]"), desk = find("[data-desk]");
  const families = ["yes", "no", "replaced", "cannot_tell"];
  const provesSkill = (kind) => kind !== "attendance" && kind !== "honour";
  let tally = null, counted = null, timer = 0, back = () => {};

  // long tells whether a word needs narrow letters on a phone.
  const long = (text, room) => text.split(/[\s-]|(?=\p{Script=Han})/u).some((w) => [...w].length > room);

  const signOf = (answer) => answer.status === "mistyped" || has("verdict.word." + answer.status) ? answer.status : "could_not_check";

  function look(answer, kind) {
    const sign = signOf(answer);
    if (sign !== "valid" && sign !== "expiring") return sign;
    return provesSkill(kind) ? "yes" : "attended";
  }

  const days = (to) => Math.round((Date.parse(to + "T00:00:00Z") - Date.parse(today() + "T00:00:00Z")) / 864e5);
  const today = () => { const d = new Date(Scan.now() * 1000); return new Date(Date.UTC(d.getFullYear(), d.getMonth(), d.getDate())).toISOString().slice(0, 10); };
  const ahead = (n) => new Intl.RelativeTimeFormat(Scan.lang === "en" ? "en-GB" : Scan.lang, { numeric: "auto" }).format(n, "day");

  // line is the sentence under the word: until when, since when, or what not to do.
  function line(answer, sign, s) {
    if (!s) return t("verdict.line." + (sign === "valid" || sign === "expiring" || sign === "expired" || sign === "not_yet_valid" ? "could_not_check" : sign));
    switch (sign) {
      case "not_yet_valid": return t("verdict.not_before", s.valid_from);
      case "valid": case "expiring": return s.valid_until ? t("verdict.until", s.valid_until) : t("verdict.no_expiry");
      case "expired": return t("verdict.ended", s.valid_until, ahead(days(s.valid_until)));
      case "revoked": case "suspended": return s.status_since ? t(`verdict.line.${sign}.since`, s.status_since.slice(0, 10)) : t("verdict.line." + sign);
      case "could_not_check": return uncertain(answer);
    }
    return t("verdict.line." + sign);
  }

  function uncertain(answer) {
    const { status, signature } = answer.checks;
    if (status.as_of && status.result === "could_not_check" && answer.reasons[0]?.code === "bundle.old") return t("verdict.line.was_valid", status.as_of, agoOf(status.as_of));
    return t(signature.result === "yes" ? "verdict.line.genuine" : "verdict.line.could_not_check");
  }

  const agoOf = (iso) => age(Scan.now() - Date.parse(iso) / 1000);

  function band(answer, sign, s) {
    const word = t("verdict.word." + sign), kind = s?.kind;
    const title = el("h1", { class: "verdict", tabindex: "-1" }, el("span", { class: "word" + (long(word, 9) ? " long" : "") }, word), s ? el("span", { class: "vh" }, " · ") : null, s ? name(s.course.title) || s.course.code : null);
    const chips = el("p", { class: "chips" });
    if (kind) chips.append(el("span", { class: "chip" + (provesSkill(kind) ? "" : " solid") }, t("verdict.kind." + kind)));
    if (sign === "expiring") chips.append(el("span", { class: "chip soon" }, drawn("mark-clock"), t("verdict.soon") + " · " + ahead(days(s.valid_until))));
    const yes = answer.verdict === "yes";
    return el("section", { class: "band " + look(answer, kind) }, drawn("sign-" + (yes && !provesSkill(kind) ? "attended" : sign)), title,
      el("p", { class: "until" }, line(answer, sign, s)), chips.childElementCount ? chips : null,
      yes && !provesSkill(kind) ? el("p", { class: "until" }, t("verdict.proof.attendance")) : null);
  }

  // basis says where the answer comes from and how old that is.
  function basis(answer) {
    if (answer.from === "registry") return el("p", { class: "basis is-online" }, drawn("mark-yes"), el("span", {}, t("scan.from.registry", answer.checked_at)));
    const of = answer.reasons.find((r) => r.code === "bundle.basis");
    const said = of ? t("scan.from.bundle", of.args[0], of.args[1], agoOf(of.args[1])) : t("scan.from.device");
    return el("p", { class: "basis is-offline" }, drawn("mark-offline"), el("span", {}, el("b", {}, t("verdict.word.offline")), " · " + said));
  }

  function who(s) {
    const long16 = long(s.name, 16) ? " long" : "";
    return el("section", { class: "sheet" },
      el("h2", { class: "label" }, t("result.holder")),
      el("p", { class: "name" + long16, translate: "no" }, s.name),
      s.latin_name ? el("p", { class: "latin", translate: "no" }, s.latin_name) : null,
      s.id_last4 ? el("p", { class: "last4" }, t("result.id_last4", s.id_last4)) : null,
      el("p", { class: "compare" }, drawn("mark-idcard"), t("result.photo_id")));
  }

  // steps are why the answer is what it is, and what to do.
  function steps(answer, sign) {
    let reasons = answer.reasons.filter((r) => r.code !== "bundle.basis" && has("reason." + r.code));
    if (!reasons.length && sign !== "valid") reasons = [{ code: sign === "mistyped" ? "code.mistyped" : "status." + sign, args: [] }];
    if (!reasons.length) return null;
    return el("section", { class: "sheet next" }, el("h2", {}, t("result.what_next")),
      reasons.map((r) => [el("p", {}, t("reason." + r.code, ...r.args ?? [])), why(answer, r), el("p", {}, el("b", {}, t(`reason.${r.code}.next`, ...r.args ?? [])))]));
  }

  // why is the public reason of a decision: the registry's, or the bundle's.
  function why(answer, reason) {
    const given = answer.credential?.status_reason ?? reason.args?.[0];
    return given && reason.code === "status." + answer.status && has("status.reason." + given) ? el("p", {}, t("status.reason", t("status.reason." + given))) : null;
  }

  const fact = (label, ...value) => el("div", {}, el("dt", {}, label), el("dd", {}, ...value));

  function facts(answer, s, code) {
    const flag = s.practical_assessed;
    return el("section", { class: "sheet facts" }, el("h2", {}, t("result.details")), el("dl", {},
      fact(t("result.valid_until"), el("span", { class: "key" }, s.valid_until ? date(s.valid_until) : t("result.no_expiry"))),
      fact(t("result.course"), name(s.course.title) || s.course.code, el("span", { class: "soft mono", translate: "no" }, " " + s.course.code)),
      fact(t("result.kind"), t("verdict.kind." + s.kind)),
      fact(t("result.practical"), el("span", { class: "flag " + (flag ? "is-yes" : "is-no") }, drawn(flag ? "mark-yes" : "mark-no"), t(flag ? "page.yes" : "page.no"))),
      fact(t("result.issuer"), name(s.issuer.name)),
      fact(t("result.base"), name(s.base.name) || s.base.code, s.base_contact ? [el("br"), s.base_contact] : null),
      fact(t("result.issued"), date(s.issued_on)),
      s.number ? fact(t("result.number"), el("span", { class: "mono", translate: "no" }, s.number)) : null,
      fact(t("result.code"), el("span", { class: "mono", translate: "no" }, code))));
  }

  function checks(answer) {
    const of = (key, c) => key + (c.result === "yes" ? "" : c.result === "no" ? ".no" : ".unknown");
    const { signature, issuer, status } = answer.checks, known = status.result === "yes" || status.result === "no";
    const lines = [[signature, t(answer.from === "registry" ? of("verdict.check.found", signature) : of("scan.check.signature", signature))], [issuer, t(answer.from === "registry" ? of("verdict.check.issuer", issuer) : of("scan.check.issuer", issuer))],
      [status, known ? t("verdict.check.status", status.as_of ?? answer.checked_at) : t("verdict.check.status.unknown")]];
    const mark = { yes: "yes", no: "no", could_not_check: "open" };
    return el("section", { class: "sheet" }, el("h2", {}, t("result.checks")), el("ul", { class: "ticks" },
      lines.map(([c, text]) => el("li", { class: "is-" + (mark[c.result] ?? "open") }, drawn("mark-" + (mark[c.result] ?? "open")), el("span", {}, text)))));
  }

  // show puts the answer on the screen, with sound, and counts it. An answer that
  // replaces the one before it for the same scan is counted instead of it.
  async function show(answer, { code = "", again = false, quiet = false } = {}) {
    const sign = signOf(answer), s = sign === "mistyped" ? null : answer.credential;
    const parts = [band(answer, sign, s)];
    if (sign !== "mistyped") parts.push(basis(answer));
    if (s?.name) parts.push(who(s));
    else if (code) parts.push(el("section", { class: "sheet" }, el("p", { class: "label" }, t("result.asked")), el("p", { class: "asked", translate: "no" }, code)));
    parts.push(steps(answer, sign));
    if (s) parts.push(facts(answer, s, code));
    if (sign !== "mistyped") parts.push(checks(answer));
    parts.push(el("p", { class: "stale", "aria-hidden": "true" }, t("result.stale"))); // the style sheet shows it, ten minutes on
    find("[data-shown]").replaceChildren(...parts.filter(Boolean));
    desk.hidden = true;
    box.hidden = false;
    box.dataset.verdict = answer.verdict;
    box.dataset.status = answer.status;
    window.scrollTo(0, 0);
    box.querySelector("h1").focus({ preventScroll: true });
    if (!quiet && Scan.settings.sound && !(again && counted === answer.verdict)) Scan.sound.play(answer.verdict);
    countdown(answer);
    if (answer.status !== "mistyped") await count(answer.verdict, again);
  }

  // countdown goes back by itself where that was asked for; a no stays longer.
  function countdown(answer) {
    clearTimeout(timer);
    box.classList.toggle("is-leaving", Scan.settings.auto);
    box.style.removeProperty("--stay");
    if (!Scan.settings.auto) return;
    const stay = answer.verdict === "yes" ? 5 : 12;
    box.dataset.stay = stay;
    timer = setTimeout(close, stay * 1000);
  }

  function close() {
    clearTimeout(timer);
    if (box.hidden) return;
    box.hidden = true;
    find("[data-shown]").replaceChildren();
    desk.hidden = false;
    counted = null;
    back();
  }

  const fresh = () => ({ since: today(), yes: 0, no: 0, replaced: 0, cannot_tell: 0 });

  async function count(verdict, again) {
    tally ??= fresh();
    if (again && counted) tally[counted]--;
    tally[verdict]++;
    counted = verdict;
    draw();
    await Scan.store.put("tally", tally).catch(() => {}); // a browser that keeps nothing counts until it is closed
  }

  function draw() {
    for (const f of families) find(`[data-tally="${f}"]`).textContent = t("{0}", tally?.[f] ?? 0);
    find("[data-since]").textContent = tally ? t("scan.tally.since", tally.since) : "";
  }

  async function begin(returned) {
    back = returned;
    tally = await Scan.store.get("tally").catch(() => null) ?? null;
    draw();
    box.addEventListener("pointerdown", () => clearTimeout(timer)); // somebody reads
    find("[data-next]").addEventListener("click", close);
    find("[data-zero]").addEventListener("click", () => { tally = fresh(); draw(); Scan.store.put("tally", tally).catch(() => {}); });
    document.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  }

  return { begin, show, close, get open() { return !box.hidden; } };
})();
