// Checks the record behind "#" of a result page in the browser, and says when
// page and paper disagree. The page is whole without this.
(() => {
  const own = document.getElementById("own");
  const held = JSON.parse(document.getElementById("own-held").textContent);
  const piece = (id) => document.getElementById(id).content.cloneNode(true);
  const digits = location.hash.slice(1);
  const opened = Date.now();

  // A device that slept shows no result of before as one of now.
  const age = () => document.body.classList.toggle("old", Date.now() - opened >= 600000);
  for (const name of ["visibilitychange", "pageshow", "focus"]) addEventListener(name, age, true);
  setInterval(age, 15000);

  if (!/^[0-9]/.test(digits)) return; // "#main" is a place on the page

  // Whoever changes the language or asks again has the same paper in hand.
  for (const a of document.querySelectorAll("a[href]")) {
    if (a.pathname === location.pathname && !a.hash) a.hash = location.hash;
  }

  const say = (record, mark) => {
    const [what, means] = held.texts[record];
    const text = document.createElement("span");
    const first = document.createElement("b");
    first.textContent = what;
    text.append(first, document.createElement("br"), means);
    own.textContent = "";
    own.append(piece(mark), text);
    own.className = "own " + mark;
    own.dataset.record = record;
    own.hidden = false;
    document.body.classList.toggle("unheld", record === "checking"); // no green before the paper's own record was looked at
  };

  const line = (parent, name, text) => {
    const span = parent.appendChild(document.createElement("span"));
    span.className = name;
    span.append(text);
  };

  const disagree = (found) => {
    const main = document.getElementById("main");
    const fresh = piece("own-no");
    fresh.querySelector(".why").textContent = held.texts[found.record][0];
    const list = fresh.querySelector("dl");
    for (const { name, label, shown } of (held.fields || []).filter((f) => found.differs.includes(f.name))) {
      const row = list.appendChild(document.createElement("div"));
      row.appendChild(document.createElement("dt")).append(label);
      const values = row.appendChild(document.createElement("dd"));
      line(values, "key", shown || "–");
      if (found.says && typeof found.says[name] === "string") line(values, "said", held.says.replace("…", () => found.says[name] || "–"));
    }
    if (!list.children.length) fresh.querySelector(".differs").remove();
    // Nothing of the page's own answer may pass for one about the paper: neither its receipt nor its green marks.
    for (const old of main.querySelectorAll(".band, .next, .compare, [data-answer]")) old.remove();
    for (const yes of main.querySelectorAll(".is-yes")) yes.classList.remove("is-yes");
    own.hidden = true;
    own.dataset.record = found.record;
    const label = main.querySelector(".label");
    if (found.differs.length && label) label.textContent = held.holder;
    main.prepend(fresh);
    document.body.classList.remove("unheld");
    document.title = held.title;
    main.querySelector("h1").focus();
    scrollTo(0, 0);
  };

  // The key alone is asked for; what stands behind "#" is sent nowhere.
  const key = async (kid) => {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), 8000);
    try {
      const answer = await fetch("/keys/" + kid, { credentials: "omit", signal: stop.signal });
      if (answer.status === 404) return null;
      if (!answer.ok) throw new Error("no key");
      return await answer.json();
    } finally {
      clearTimeout(timer);
    }
  };

  const check = async () => {
    for (const name of held.modules) {
      document.head.appendChild(Object.assign(document.createElement("link"), { rel: "modulepreload", href: held.dir + name }));
    }
    const { holdFragment, standing } = await import(held.dir + held.modules[0]);
    const page = held.fields && Object.fromEntries(held.fields.map((f) => [f.name, f.value]));
    const found = await holdFragment({ digits, code: held.code, page, key });
    if (standing(found.record) === "altered") disagree(found);
    else say(found.record, found.record === "same" || found.record === "genuine" ? "own-yes" : "own-open");
  };

  say("checking", "own-open");
  check().catch(() => say("out of reach", "own-open"));
})();
