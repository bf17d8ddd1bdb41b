// Joining from a phone in a noisy room: the dot that keyboards hide, the name as
// it will be printed, and a form that survives a broken network. Without this
// script the form does the same in one more step.
const shelf = "join:";
const typed = ["name", "id_type", "id", "phone"];

// What was typed stays for as long as this tab is open, and no longer than the
// form is needed.
const keep = {
  read(form) { try { return JSON.parse(sessionStorage.getItem(shelf + form.dataset.join) || "{}"); } catch { return {}; } },
  write(form, sent) {
    const out = { key: form.elements.key.value, sent };
    typed.forEach((name) => { if (form.elements[name]) out[name] = form.elements[name].value; });
    try { sessionStorage.setItem(shelf + form.dataset.join, JSON.stringify(out)); } catch { /* a browser that keeps nothing */ }
  },
  clear() { try { Object.keys(sessionStorage).filter((k) => k.startsWith(shelf)).forEach((k) => sessionStorage.removeItem(k)); } catch { /* as above */ } },
};

function refill(form) {
  const kept = keep.read(form);
  typed.forEach((name) => {
    const field = form.elements[name];
    if (field && !field.value && kept[name]) field.value = kept[name];
  });
  // The key of a form whose answer never came: sent again, it finds the same place.
  if (kept.sent && kept.key) form.elements.key.value = kept.key;
}

function dots(form) {
  form.querySelectorAll("[data-insert]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => {
      const field = form.elements.name;
      field.setRangeText(button.dataset.insert, field.selectionStart, field.selectionEnd, "end");
      field.focus();
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
  });
}

// preview shows the name as it will be printed while it is typed. What was shown
// is agreed to by sending the form.
function preview(form) {
  const field = form.elements.name, live = document.getElementById("live");
  let wait, asked = "";
  const line = (text, kind) => live.appendChild(Object.assign(document.createElement("p"), { textContent: text, className: kind }));
  const show = (answer) => {
    live.replaceChildren();
    if (answer.name) {
      line(live.dataset.label, "soft");
      const name = line(answer.name, "printed");
      name.translate = false;
      if (answer.lang) name.lang = answer.lang;
    }
    answer.faults.forEach((f) => line(f.wrong ? `${f.text}. ${f.fix}` : f.text, f.wrong ? "no" : "doubt"));
    live.hidden = !live.childElementCount;
    const agreed = form.elements.agreed || form.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name: "agreed" }));
    agreed.value = answer.name;
  };
  const ask = async () => {
    const name = field.value.trim();
    if (name === asked) return;
    asked = name;
    if (!name) { live.hidden = true; return; }
    const body = new URLSearchParams({ name, ticket: form.elements.ticket.value, slip: form.elements.slip?.value || "" });
    try {
      const answer = await fetch("/join-name" + new URL(form.action).search, { method: "POST", body, headers: { Accept: "application/json" } });
      if (answer.ok && name === field.value.trim()) show(await answer.json());
    } catch {
      asked = ""; // no network: the form itself asks when it is sent
    }
  };
  field.addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(ask, 350); });
  field.addEventListener("change", ask);
  if (field.value && !document.querySelector("main .notice .printed")) ask();
}

function sending(form) {
  const net = document.getElementById("net");
  let timer, tries = 0, busy = false, waiting = null;
  const tell = (text) => { net.hidden = !text; net.textContent = text; };
  const later = (body) => {
    let left = Math.min(30, 3 * 2 ** tries++);
    waiting = body;
    const say = () => tell(net.dataset.off + " " + net.dataset.again.replace("{0}", left));
    say();
    timer = setInterval(() => { left -= 1; if (left > 0) say(); else send(body); }, 1000);
  };
  const send = async (body) => {
    clearInterval(timer);
    if (busy) return;
    busy = true;
    waiting = null;
    keep.write(form, true);
    if (!net.hidden) tell(net.dataset.now);
    try {
      const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/html" } });
      if (answer.redirected) { keep.clear(); location.replace(answer.url); return; }
      if (answer.status >= 500) throw new Error("not now");
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      keep.write(form, false);
      document.querySelector("main").replaceWith(page.querySelector("main"));
      document.title = page.title;
      begin();
      const notice = document.querySelector("main .notice:not([hidden])");
      if (notice) { notice.tabIndex = -1; notice.focus(); notice.scrollIntoView({ block: "center" }); }
    } catch {
      later(body);
    } finally {
      busy = false;
    }
  };
  form.addEventListener("input", () => { clearInterval(timer); waiting = null; tell(""); keep.write(form, keep.read(form).sent); });
  form.addEventListener("submit", (event) => {
    if (event.submitter?.name === "switch") return; // another language: the page comes anew
    event.preventDefault();
    const body = new URLSearchParams(new FormData(form));
    if (event.submitter?.name) body.set(event.submitter.name, event.submitter.value);
    tries = 0;
    send(body);
  });
  addEventListener("online", () => { if (waiting && form.isConnected) send(waiting); });
}

function begin() {
  const form = document.querySelector("form[data-join]");
  if (form) [refill, dots, preview, sending].forEach((part) => part(form));
}
begin();

if (document.querySelector("[data-joined]")) {
  keep.clear();
  document.querySelectorAll("[data-copy]").forEach((button) => {
    if (!navigator.clipboard) return;
    button.hidden = false;
    button.addEventListener("click", async () => {
      try { await navigator.clipboard.writeText(button.dataset.copy); button.textContent = button.dataset.done; } catch { button.hidden = true; }
    });
  });
}
