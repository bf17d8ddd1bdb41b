// What a device keeps of a class holds names, so it belongs to who took it along.
// Every page of staff deletes what another account left, signing out deletes all
// of it first, and the door deletes what is still there when a session just ended.
// What waits to be saved is not touched: it is in the queue.
const Kept = (() => {
  const forms = [...document.querySelectorAll('form[action="/signout"]')]; // of the desk, and of the folded menu
  const form = forms[0];
  const mark = form?.dataset.mark ?? "", mine = `class-${mark}-`;
  const patience = 1000; // ms after which signing out waits for no deletion

  // drop deletes the copies of every account, or of every other one.
  async function drop(others) {
    if (!("caches" in window)) return;
    const names = (await caches.keys()).filter((n) => n.startsWith("class-") && !(others && n.startsWith(mine)));
    await Promise.all(names.map((n) => caches.delete(n)));
  }

  if (mark) drop(true).catch(() => {});
  else if (location.pathname === "/signin") drop().catch(() => {});
  const late = () => new Promise((done) => setTimeout(done, patience));
  const leave = () => Promise.race([drop(), late()]).catch(() => {}).then(() => form.submit());

  // The queue of recorders, read without making it where it is not.
  const asked = (request) => new Promise((done, fail) => { request.onsuccess = () => done(request.result); request.onerror = () => fail(request.error); });
  async function acts(mode) {
    if (!window.indexedDB?.databases || !(await indexedDB.databases()).some((d) => d.name === "passmuster-recorder")) return null;
    const base = await asked(indexedDB.open("passmuster-recorder"));
    return base.objectStoreNames.contains("acts") ? base.transaction("acts", mode).objectStore("acts") : null;
  }
  async function unsent() {
    const list = await acts("readonly");
    return list ? (await asked(list.getAll())).filter((e) => e.account === form.dataset.account) : [];
  }
  async function discard(entries) {
    const list = await acts("readwrite");
    if (list) await Promise.all(entries.map((e) => asked(list.delete(e.seq))));
  }

  // ask tells what would stay behind, and lets it be sent or discarded first. The
  // recorder of its class sends all that waits as soon as it is open.
  function ask(entries) {
    const say = JSON.parse(form.dataset.texts), main = document.getElementById("main");
    document.getElementById("leaving")?.remove();
    const make = (tag, text, name) => Object.assign(document.createElement(tag), { textContent: text, className: name ?? "" });
    const box = make("section", "", "notice warn leaving");
    box.id = "leaving";
    box.tabIndex = -1;
    box.setAttribute("role", "alertdialog");
    box.setAttribute("aria-labelledby", "leaving-what");
    const head = make("b", say.unsent.replace("{0}", entries.length));
    head.id = "leaving-what";
    const row = make("p", "", "row");
    const button = (text, act, name) => { const b = make("button", text, name ?? "button"); b.type = "button"; b.addEventListener("click", () => act(b)); row.append(b); };
    button(say.send, () => { location.assign(`/t/classes/${entries[0].class}/attendance`); }, "button main");
    button(say.keep, leave);
    let sure = false;
    button(say.discard, (b) => {
      if (sure) return discard(entries).then(leave, leave);
      sure = true;
      b.textContent = say["discard.sure"];
    }, "button danger");
    button(say.stay, () => { box.remove(); form.querySelector("button").focus(); });
    const inner = make("div", "");
    inner.append(head, make("p", say["unsent.text"]), row);
    box.append(inner);
    main.prepend(box);
    box.focus();
    box.scrollIntoView({ block: "center" });
  }

  for (const f of forms) f.addEventListener("submit", (event) => {
    event.preventDefault();
    f.closest("details")?.removeAttribute("open");
    Promise.race([unsent(), late().then(() => [])]).catch(() => []).then((entries) => { if (entries.length) ask(entries); else leave(); });
  });

  return {
    drop,
    name: (cls) => mine + cls,
    // Whether an answer was made for the account of this page.
    own: (answer) => mark !== "" && answer.headers.get("Passmuster-Account") === mark,
  };
})();
