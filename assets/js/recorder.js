// The recorder of a class: what is tapped or typed is shown at once, kept on the
// device, and sent within a second; what could not be sent is sent again. What
// somebody else wrote meanwhile is shown beside one's own, to choose. Without
// this script the same forms save by their buttons.
const Recorder = (() => {
  const bar = document.querySelector("[data-recorder]");
  if (!bar) return null;
  const words = JSON.parse(bar.dataset.texts);
  const cls = bar.dataset.class, account = bar.dataset.account;
  const closed = bar.hasAttribute("data-closed");
  const status = bar.querySelector("[data-status]");
  const problems = document.querySelector("[data-problems]");
  const rows = document.querySelector("[data-rows]");
  const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: bar.dataset.zone });
  const cycle = { "": "present", mixed: "present", present: "late", late: "left_early", left_early: "absent", absent: "present" };

  const cells = new Map(); // place → what the server has
  const spots = new Map(); // place → the element that shows it
  const alias = new Map(); // enrolment → the act that enrolled it, for rows of this page
  let queue = []; // of this class and account, oldest first
  let others = 0; // entries of other accounts on this device
  let failing = ""; // why the last attempt to send failed
  let savedAt = bar.dataset.saved;
  let lasting = true;
  let timer = 0, retry = 0, busy = false;

  const say = (key, ...args) => args.reduce((text, a, i) => text.replaceAll(`{${i}}`, a), words[key] ?? key);
  const newID = () => crypto.randomUUID ? crypto.randomUUID() : [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
  const rowOf = (place) => document.querySelector(`[data-row="${CSS.escape(person(place))}"]`);
  const person = (place) => place.slice(2, place.lastIndexOf(":"));
  const rest = (place) => place.slice(place.lastIndexOf(":") + 1);
  const key = (place) => place.startsWith("t:") ? "score" : rest(place);
  const attemptOf = (row) => Number(row?.dataset.attempt || 1);
  const placesOf = (row) => [...row.querySelectorAll("[data-place]")].filter((e) => !e.disabled).map((e) => e.dataset.place);

  // What stands, with what waits laid over it.
  function shown() {
    const now = new Map(cells);
    for (const e of queue) if (e.state === "waiting" || e.state === "conflict") overlay(now, e);
    return now;
  }

  function overlay(now, e) {
    const a = e.act;
    const set = (place, cell) => now.set(place, { ...now.get(place), by: "", waits: true, bulk: false, ...cell });
    switch (a.kind) {
      case "attendance":
        for (const p of e.places) set(p, { value: a.clear ? "" : a.state, minutes: a.minutes ?? usual(p, a.state) });
        break;
      case "theory":
        for (const p of e.places) set(p, { value: a.clear ? "" : String(a.score), attempt: a.attempt });
        break;
      case "skills":
        for (const p of e.places) set(p, { value: a.clear ? "" : a.items[rest(p)] ? "pass" : "fail", attempt: a.attempt });
        break;
      case "all_present":
      case "all_passed":
        for (const p of e.places) if (!now.get(p)?.value) set(p, { value: a.kind === "all_present" ? "present" : "pass", bulk: a.kind === "all_passed" });
    }
  }

  function usual(place, state) {
    const length = Number(document.querySelector(`[data-minutes="${CSS.escape(place)}"]`)?.dataset.length || 0);
    return state === "late" || state === "left_early" ? Math.max(0, length - 10) : 0;
  }

  // paint brings the page in line with what stands and waits.
  function paint() {
    const now = shown();
    for (const [place, spot] of spots) {
      const cell = now.get(place) ?? {};
      if (spot.tagName === "SELECT") paintSelect(place, spot, cell);
      else if (spot.tagName === "INPUT") { if (document.activeElement !== spot && !spot.hasAttribute("aria-invalid")) spot.value = cell.value ?? ""; }
      else paintItem(spot, cell);
    }
    rows?.querySelectorAll("[data-row]").forEach((row) => paintRow(row, now));
    count(now);
    tell();
  }

  function paintSelect(place, spot, cell) {
    if (document.activeElement !== spot) spot.value = cell.value ?? "";
    const minutes = document.querySelector(`[data-minutes="${CSS.escape(place)}"]`);
    const timed = cell.value === "late" || cell.value === "left_early";
    if (minutes && document.activeElement !== minutes) minutes.value = timed ? cell.minutes ?? "" : "";
  }

  function paintItem(spot, cell) {
    for (const radio of spot.querySelectorAll("input[type=radio]")) radio.checked = radio.value === (cell.value ?? "");
    const who = spot.querySelector("[data-who]");
    if (who) who.textContent = cell.value && cell.by ? `${cell.by} · ${at(cell)}` : "";
  }

  function at(cell) {
    if (!cell.at) return "";
    const t = new Date(cell.at);
    return isNaN(t) ? cell.at : clock.format(t);
  }

  function paintRow(row, now) {
    const list = placesOf(row).map((p) => now.get(p) ?? {});
    const waits = list.some((c) => c.waits) || queue.some((e) => e.act.kind === "enrol" && `act:${e.act.id}` === row.dataset.row);
    row.classList.toggle("waits", waits);
    const kind = rows.dataset.rows;
    if (kind === "attendance") {
      const button = row.querySelector("[data-cycle]");
      if (!button) return;
      const state = list.every((c) => (c.value ?? "") === (list[0]?.value ?? "")) ? list[0]?.value ?? "" : "mixed";
      button.className = `presence is-${state}`;
      button.querySelector("[data-word]").textContent = say(`presence.${state}`);
      return;
    }
    const result = row.querySelector("[data-result]");
    if (kind === "theory") {
      const value = list[0]?.value;
      chip(result, value ? Number(value) >= Number(rows.closest("form").dataset.pass) : null);
      return;
    }
    const marked = list.filter((c) => c.value), passed = sheetPassed(row, now), whole = marked.length === list.length;
    if (!whole && marked.length) chip(result, null, `${marked.length}/${list.length}`);
    else chip(result, whole ? passed : null);
    row.querySelector("[data-do=pass]")?.classList.toggle("on", whole && passed);
    row.querySelector("[data-do=fail]")?.classList.toggle("on", marked.some((c) => c.value === "fail"));
    const last = row.querySelector("[data-last]"), newest = marked.filter((c) => c.by).sort((a, b) => String(b.at).localeCompare(String(a.at)))[0];
    if (last && newest && newest.fresh) last.textContent = `${at(newest)} · ${newest.by}`;
    else if (last && !marked.length) last.textContent = "";
  }

  // sheetPassed is the sheet's rule, of a station's items every one.
  function sheetPassed(row, now) {
    const items = placesOf(row).map((p) => ({ ok: now.get(p)?.value === "pass", critical: spots.get(p)?.hasAttribute("data-critical") }));
    if (!rows.dataset.others) return items.every((i) => i.ok);
    return items.every((i) => i.ok || !i.critical) && items.filter((i) => i.ok && !i.critical).length >= Number(rows.dataset.others);
  }

  function chip(box, passed, text) {
    if (passed === null && !text) return box.replaceChildren();
    const state = box.firstElementChild ?? document.createElement("span");
    state.className = `state ${text ? "warn" : passed ? "good" : "bad"}`;
    state.textContent = text ?? say(passed ? "passed" : "failed");
    if (!state.parentNode) box.replaceChildren(state);
  }

  function count(now) {
    const people = rows ? rows.querySelectorAll("[data-row]").length : 0;
    document.querySelectorAll("[data-count-people]").forEach((e) => { e.textContent = people; });
    if (!rows) return;
    let done = 0;
    for (const row of rows.querySelectorAll("[data-row]")) {
      const list = placesOf(row).map((p) => now.get(p)?.value ?? "");
      if (rows.dataset.rows === "attendance" ? list.length && list.every((v) => v && v !== "absent") : list.length && list.every(Boolean)) done++;
    }
    const target = bar.querySelector(rows.dataset.rows === "attendance" ? "[data-count-present]" : "[data-count-done]");
    if (target) target.textContent = done;
  }

  // tell says whether all is saved; it speaks only when the words change.
  function tell() {
    if (closed) return;
    const waiting = queue.filter((e) => e.state === "waiting").length;
    const trouble = queue.filter((e) => e.state !== "waiting").length;
    const parts = [];
    if (!waiting && !trouble) parts.push(say("saved", savedAt));
    else if (waiting && failing) parts.push(say(failing), say("waiting", waiting));
    else if (waiting) parts.push(say("saving"));
    if (trouble) parts.push(say("conflicts", trouble));
    if (others) parts.push(say("other", others));
    if (!lasting) parts.push(say("memory"));
    const text = parts.join(" · ");
    if (status.textContent !== text) status.textContent = text;
    bar.classList.toggle("is-waiting", Boolean(waiting && failing));
    bar.classList.toggle("is-bad", Boolean(trouble));
    bar.classList.toggle("is-saved", !waiting && !trouble);
  }

  // did keeps an act and sends it soon.
  async function did(kind, fields, places) {
    const seen = {};
    for (const p of places) seen[key(p)] = cells.get(p)?.seen ?? "";
    // Writing once more where two values met is a decision.
    for (const met of queue.filter((e) => e.state === "conflict" && e.act.kind === kind && e.places.every((p) => places.includes(p)) && e.places.length)) {
      for (const p of met.places) seen[key(p)] = met.theirs[p]?.seen ?? "";
      await drop(met);
      showProblems();
    }
    const last = queue.findLast((e) => e.state === "waiting" && e.places.some((p) => places.includes(p)));
    let entry;
    if (last && !last.sent && last.act.kind === kind && kind !== "skills" && last.places.length === places.length && last.places.every((p) => places.includes(p)) && last.act.attempt === fields.attempt) {
      last.act = { id: newID(), kind, at: new Date().toISOString(), seen: last.act.seen, ...fields };
      entry = last;
    } else {
      entry = { class: cls, account, state: "waiting", sent: 0, places, act: { id: newID(), kind, at: new Date().toISOString(), seen, ...fields } };
      queue.push(entry);
    }
    paint();
    await keep(entry);
    later(250);
    return entry;
  }

  function later(ms) {
    clearTimeout(timer);
    timer = setTimeout(send, ms);
  }

  // known is the page's own object of an entry: one object is changed, by whoever
  // changes it, and written down whole.
  const stored = new WeakSet();
  const known = (e) => queue.find((q) => q.seq === e.seq) ?? e;

  // keep writes an entry down, one after the other: it has its number before it
  // is written again.
  let writing = Promise.resolve();
  const keep = (entry) => writing = writing.catch(() => {}).then(() => Queue.put(entry));

  async function drop(entry) {
    queue = queue.filter((q) => q !== entry);
    await (writing = writing.catch(() => {}).then(() => Queue.remove(entry.seq)));
  }

  async function load() {
    await writing.catch(() => {});
    const all = await Queue.all();
    const ours = all.filter((e) => e.account === account && e.class === cls).map(known);
    ours.forEach((e) => stored.add(e));
    queue = [...ours, ...queue.filter((q) => !ours.includes(q) && !stored.has(q))]; // what is being written down just now stays
    others = all.filter((e) => e.account !== account && e.class === cls).length;
  }

  // send gives the server what waits, from one page of this browser at a time.
  async function send() {
    if (busy) return later(300);
    busy = true;
    try {
      if (navigator.locks) await navigator.locks.request("passmuster-recorder", sendAll);
      else await sendAll();
    } finally {
      busy = false;
      showProblems();
      paint();
    }
  }

  async function sendAll() {
    await writing.catch(() => {});
    const all = (await Queue.all()).filter((e) => e.account === account).map(known);
    const classes = [...new Set(all.map((e) => e.class))];
    let fine = true;
    for (const c of classes) fine = await sendClass(c, sendable(all.filter((e) => e.class === c))) && fine;
    await load();
    clearTimeout(retry);
    if (!fine) retry = setTimeout(send, 5000);
    else if (sendable(queue).length) later(50);
  }

  // sendable leaves out what has to wait for the answer to another act: a place
  // is written twice only after the first was answered, and nobody has a score
  // before being enrolled.
  function sendable(entries) {
    const taken = new Set(), list = [];
    for (const e of entries) {
      const stuck = e.places.some((p) => taken.has(p)) || taken.has(e.act.undoes) || taken.has(e.act.enrolment);
      e.places.forEach((p) => taken.add(p));
      taken.add(e.act.id);
      if (e.act.kind === "enrol" && e.state !== "waiting") taken.add(`act:${e.act.id}`);
      if (e.state === "waiting" && !stuck && list.length < 100) list.push(e);
    }
    return list;
  }

  async function sendClass(c, entries) {
    if (!entries.length) return true;
    // From here on what is tapped is another act: these may be on their way.
    const body = JSON.stringify({ acts: entries.map((e) => e.act) });
    const fresh = entries.filter((e) => !e.sent);
    fresh.forEach((e) => { e.sent = 1; });
    for (const e of fresh) await keep(e);
    let answer;
    try {
      const response = await fetch(`/t/classes/${c}/acts`, {
        method: "POST", headers: { "Content-Type": "application/json", Accept: "application/json" },
        body, signal: AbortSignal.timeout ? AbortSignal.timeout(15000) : undefined,
      });
      if (response.status === 401) { Kept.drop().catch(() => {}); failing = "signin"; return false; }
      if (!response.ok) { failing = "retry"; return false; }
      answer = await response.json();
    } catch {
      failing = navigator.onLine ? "retry" : "offline";
      return false;
    }
    failing = "";
    if (c === cls) savedAt = answer.saved;
    for (const [i, result] of answer.results.entries()) await settle(c, entries[i], result, answer.at);
    return true;
  }

  // settle does what the answer to one act asks for.
  async function settle(c, entry, result, time) {
    const fresh = [];
    for (const [place, cell] of Object.entries(result.cells ?? {})) {
      fresh.push({ class: c, place, saved: time, cell: { ...cell, fresh: true } });
      if (c === cls) stands(place, cell);
    }
    if (fresh.length) await Queue.keepCells(fresh);
    const after = (await Queue.all()).filter((e) => e.seq > entry.seq && e.class === c && e.account === account && e.state === "waiting").map(known);
    if (result.result === "conflict" || result.result === "refused") {
      const over = after.some((e) => entry.places.length && entry.places.every((p) => e.places.includes(p)) && e.act.kind === entry.act.kind);
      if (over) return drop(entry); // written over by the same hand meanwhile
      if (result.code === "act.person") return; // waits for its person
      entry.state = result.result;
      entry.theirs = result.cells ?? {};
      entry.message = [result.message, result.fix].filter(Boolean).join(" ");
      await keep(entry);
      return;
    }
    // What was written over the same places since was written with this in view.
    for (const next of after) {
      let changed = false;
      for (const p of next.places) {
        const cell = result.cells?.[p];
        if (cell && entry.places.includes(p)) { next.act.seen[key(p)] = cell.seen; changed = true; }
      }
      if (changed) await keep(next);
    }
    await drop(entry);
    if (result.message) note(result.message + " " + (result.fix ?? ""));
    if (c !== cls) return;
    if (result.enrolment) { alias.set(result.enrolment, `act:${entry.act.id}`); window.dispatchEvent(new Event("recorder-roster")); }
    if (entry.act.kind === "all_present" || entry.act.kind === "all_passed") offerUndo(entry, result.count);
    if (entry.act.kind === "undo") { document.querySelector(`[data-undo="${CSS.escape(entry.act.undoes)}"]`)?.closest("li")?.remove(); note(say("undone", result.count ?? 0, result.left ?? 0)); }
  }

  // stands takes over what the server has in a place.
  function stands(place, cell) {
    cells.set(place, { ...cell, fresh: true });
    const known = alias.get(person(place));
    if (known) cells.set(place.replace(person(place), known), { ...cell, fresh: true });
  }

  function note(text) {
    const p = document.createElement("p");
    p.className = "notice info";
    p.setAttribute("role", "status");
    p.textContent = text;
    problems.append(p);
    setTimeout(() => p.remove(), 12000);
  }

  // showProblems lists what somebody has to decide: two values, or a refusal.
  function showProblems() {
    const open = queue.filter((e) => e.state !== "waiting"), there = new Set();
    for (const old of problems.querySelectorAll("[data-problem]")) {
      if (open.some((e) => e.act.id === old.dataset.problem)) there.add(old.dataset.problem);
      else old.remove();
    }
    for (const e of open) if (!there.has(e.act.id)) problems.append(e.state === "conflict" ? conflictBox(e) : refusedBox(e));
  }

  function box(e, text) {
    const div = document.createElement("div");
    div.className = "notice bad recproblem";
    div.setAttribute("role", "alert");
    div.dataset.problem = e.act.id;
    const p = document.createElement("p");
    p.textContent = text;
    const choices = document.createElement("div");
    choices.className = "row";
    div.append(p, choices);
    return [div, choices];
  }

  function choice(to, text, act) {
    const b = document.createElement("button");
    b.type = "button";
    b.className = "button";
    b.textContent = text;
    b.addEventListener("click", act);
    to.append(b);
  }

  const value = (cell) => !cell?.value ? say("nothing") : words[`presence.${cell.value}`] ?? { pass: say("item.pass"), fail: say("item.fail") }[cell.value] ?? cell.value;
  const nameOf = (e) => e.act.name ?? rowOf(e.places[0] ?? "")?.dataset.name ?? "";

  function mine(e) {
    const now = new Map();
    overlay(now, e);
    return now;
  }

  function conflictBox(e) {
    const own = mine(e), place = e.places.find((p) => value(e.theirs[p]) !== value(own.get(p))) ?? e.places[0];
    const theirs = e.theirs[place] ?? {};
    const item = place.startsWith("s:") ? itemText(place) : "";
    const [div, choices] = box(e, say("conflict", [nameOf(e), item].filter(Boolean).join(", "), value(own.get(place)), at({ at: e.act.at }), value(theirs), theirs.by ?? "", at(theirs)));
    choice(choices, say("mine", value(own.get(place))), async () => {
      for (const p of e.places) e.act.seen[key(p)] = (e.theirs[p] ?? {}).seen ?? "";
      const attempts = e.places.map((p) => e.theirs[p]?.attempt ?? 0);
      if (e.act.attempt && Math.max(...attempts) > e.act.attempt) e.act.attempt = Math.max(...attempts);
      Object.assign(e, { state: "waiting", sent: 0 });
      e.act.id = newID();
      await keep(e);
      decided();
    });
    choice(choices, say("theirs", value(theirs)), async () => { await drop(e); decided(); });
    return div;
  }

  function itemText(place) {
    return spots.get(place)?.querySelector("legend")?.firstChild?.textContent.trim() ?? rest(place);
  }

  function refusedBox(e) {
    const [div, choices] = box(e, say("refused", nameOf(e), e.message));
    choice(choices, say("again"), async () => {
      e.state = "waiting";
      await keep(e);
      decided();
    });
    choice(choices, say("discard"), async () => {
      await drop(e);
      if (e.act.kind === "enrol") { // what waits for this person has nobody to go to
        for (const q of queue.filter((w) => w.act.enrolment === `act:${e.act.id}`)) await drop(q);
        document.querySelector(`[data-row="${CSS.escape(`act:${e.act.id}`)}"]`)?.remove();
      }
      decided();
    });
    return div;
  }

  async function decided() {
    await load();
    showProblems();
    paint();
    later(50);
  }

  // offerUndo lets an act on many be taken back at once.
  function offerUndo(entry, n) {
    const list = document.querySelector("[data-undos]");
    if (!list || list.querySelector(`[data-undo="${CSS.escape(entry.act.id)}"]`)) return;
    const li = document.createElement("li"), span = document.createElement("span");
    span.textContent = say(entry.act.kind === "all_present" ? "all.present" : "all.passed", n ?? new Set(entry.places.map(person)).size);
    li.append(span);
    choice(li, say("undo"), () => undo(entry.act.id, li));
    li.lastChild.dataset.undo = entry.act.id;
    li.lastChild.classList.add("small");
    list.prepend(li);
  }

  async function undo(id, li) {
    const waiting = queue.find((e) => e.act.id === id);
    if (waiting && !waiting.sent) { // nobody has it yet
      await drop(waiting);
      li.remove();
      everybody();
      return paint();
    }
    li.querySelector("button").disabled = true;
    li.querySelector("span").textContent = say("undoing");
    await did("undo", { undoes: id }, []);
  }

  // everybody shows or hides the form that marks the rest in one go.
  function everybody() {
    const form = document.querySelector("[data-everybody]");
    if (form) form.hidden = ![...rows.querySelectorAll("[data-row]")].some((row) => placesOf(row).every((p) => !shown().get(p)?.value));
  }

  async function all(button) {
    const kind = button.dataset.all, form = button.form;
    const box = form.querySelector("[data-statement]");
    if (box && !box.checked) { box.setAttribute("aria-invalid", "true"); return box.focus(); }
    const now = shown(), people = [], places = [];
    for (const row of rows.querySelectorAll("[data-row]")) {
      const free = placesOf(row).filter((p) => !now.get(p)?.value);
      if (!free.length || kind === "all_passed" && free.length < placesOf(row).length) continue;
      people.push(row.dataset.row);
      places.push(...free);
    }
    if (!people.length) return;
    const fields = { enrolments: people };
    if (box) fields.statement = form.querySelector("[data-statement-text]").textContent.trim();
    const entry = await did(kind, fields, places);
    offerUndo(entry, people.length);
    if (box) { box.checked = false; form.hidden = true; }
  }

  function tapState(button) {
    const row = button.closest("[data-row]"), places = placesOf(row), now = shown();
    const values = places.map((p) => now.get(p)?.value ?? "");
    const state = values.every((v) => v === values[0]) ? values[0] : "mixed";
    did("attendance", { enrolment: row.dataset.row, state: cycle[state ?? ""] }, places);
  }

  function chooseState(spot) {
    const place = spot.dataset.place ?? spot.dataset.minutes, row = spot.closest("[data-row]");
    const state = spots.get(place).value, fields = { enrolment: row.dataset.row, session: rest(place) };
    if (!state) fields.clear = true;
    else fields.state = state;
    if (spot.dataset.minutes && /^\d+$/.test(spot.value.trim())) fields.minutes = Number(spot.value.trim());
    did("attendance", fields, [place]);
  }

  function mark(row, places, how, from) {
    const sheet = row.querySelector("[data-sheet]"), items = {};
    for (const p of places) items[rest(p)] = how === "pass";
    const fields = { enrolment: row.dataset.row, attempt: attemptOf(row), items };
    const station = sheet.querySelector("[data-station]")?.value, text = from ? sheet.querySelector("[data-note]")?.value.trim() : "";
    if (station) fields.station = station;
    if (text) fields.note = text;
    if (how === "") fields.clear = true;
    did("skills", fields, places);
    everybody();
  }

  function tapMark(button) {
    const row = button.closest("[data-row]"), places = placesOf(row);
    if (button.dataset.do === "fail" && places.length > 1) {
      const more = row.querySelector("details");
      more.open = true;
      return more.querySelector("input[value=fail]").focus();
    }
    mark(row, places, button.dataset.do);
  }

  // again begins a re-test: the places are empty, and what is written goes to the
  // next attempt.
  function again(check) {
    const row = check.closest("[data-row]");
    row.dataset.attempt = attemptOf(row) + (check.checked ? 1 : -1);
    for (const p of placesOf(row)) {
      if (check.checked) { row.before_ ??= new Map(); row.before_.set(p, cells.get(p)); cells.set(p, { seen: p.startsWith("t:") ? cells.get(p)?.seen ?? "" : "", value: "" }); }
      else cells.set(p, row.before_.get(p));
    }
    paint();
    if (check.checked) (row.querySelector(".score") ?? row.querySelector("[data-do=pass]"))?.focus();
  }

  // addRow shows somebody whom this device adds, on each page of the class.
  function addRow(entry) {
    const template = document.querySelector("[data-new-row]"), id = `act:${entry.act.id}`;
    if (!template || !rows || document.querySelector(`[data-row="${CSS.escape(id)}"]`)) return;
    const holder = template.content.cloneNode(true);
    const row = holder.querySelector("[data-row]");
    for (const e of [row, ...row.querySelectorAll("*")]) for (const a of [...e.attributes]) if (a.value.includes("NEWROW")) e.setAttribute(a.name, a.value.replaceAll("NEWROW", a.name === "data-name" ? entry.act.name : id));
    const texts = document.createTreeWalker(row, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) texts.currentNode.data = texts.currentNode.data.replaceAll("NEWROW", entry.act.name);
    row.querySelector(".no").textContent = "+";
    if (entry.act.slip) row.querySelector(".no").title = say("slip", entry.act.slip);
    rows.append(row);
    watch(row);
  }

  function watch(scope) {
    for (const e of scope.querySelectorAll("[data-place]")) {
      spots.set(e.dataset.place, e);
      if (!cells.has(e.dataset.place)) cells.set(e.dataset.place, { seen: e.dataset.seen, value: e.dataset.value, bulk: e.hasAttribute("data-bulk"),
        minutes: scope.querySelector(`[data-minutes="${CSS.escape(e.dataset.place)}"]`)?.value, ...shownBy(e) });
    }
  }

  function shownBy(e) {
    const [by, time] = (e.querySelector("[data-who]")?.textContent.trim() ?? "").split(" · ");
    return by ? { by, at: time } : {};
  }

  async function add(form) {
    const get = (name) => form.elements[name].value.trim();
    if (!get("name")) return form.elements.name.focus();
    const entry = await did("enrol", { name: get("name"), id_number: get("id") || undefined, slip: get("slip") || undefined }, []);
    form.reset();
    addRow(entry);
    note(say("added", entry.act.name));
    paint();
    form.elements.name.focus();
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-cycle], [data-all], [data-do], button[data-undo]");
    if (!button || closed) return;
    event.preventDefault();
    if (button.matches("[data-cycle]")) tapState(button);
    else if (button.matches("[data-all]")) all(button);
    else if (button.matches("[data-do]")) tapMark(button);
    else if (button.form) undo(button.dataset.undo, button.closest("li"));
  });
  document.addEventListener("change", (event) => {
    const e = event.target;
    if (closed) return;
    if (e.matches("[data-retake]")) again(e);
    else if (e.matches("select[data-place], [data-minutes]")) chooseState(e);
    else if (e.matches(".recitem input[type=radio]")) mark(e.closest("[data-row]"), [e.closest("[data-place]").dataset.place], e.value, true);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-add]")) { event.preventDefault(); add(form); }
    else if (!closed && form.matches(".recform, [data-sheet]")) event.preventDefault(); // each change was sent already
  });
  window.addEventListener("online", () => { failing = ""; send(); });
  window.addEventListener("offline", () => { if (queue.some((e) => e.state === "waiting")) failing = "offline"; tell(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) send(); });
  window.addEventListener("beforeunload", (event) => { if (!lasting && queue.length) event.preventDefault(); });

  async function begin() {
    document.documentElement.classList.add("recording");
    if (!closed) document.querySelectorAll("[data-byhand]").forEach((e) => { e.hidden = true; });
    lasting = await Queue.lasting();
    watch(document);
    const rendered = Number(bar.dataset.rendered);
    // A page that was kept on the device is older than what was saved since.
    for (const c of await Queue.cells(cls)) if (c.saved > rendered) stands(c.place, c.cell);
    await load();
    for (const e of queue) if (e.act.kind === "enrol") addRow(e);
    for (const e of queue) if (e.act.kind === "all_present" || e.act.kind === "all_passed") offerUndo(e);
    if (queue.length && !navigator.onLine) failing = "offline";
    showProblems();
    paint();
    if (navigator.onLine && performance.getEntriesByType("navigation")[0]?.transferSize > 0) Queue.dropCells(cls, rendered - 7 * 86400000);
    bar.dataset.ready = "1";
    send();
  }
  const ready = begin();
  return { did, cells, shown, attemptOf, say, ready, words, cls, bar, note };
})();
