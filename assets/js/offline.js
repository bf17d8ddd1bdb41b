// Takes a class along: its recorder's pages are kept on the device, and a worker
// opens them where there is no network. What is recorded meanwhile waits in the
// queue.
(() => {
  if (!Recorder || !("serviceWorker" in navigator) || !("caches" in window)) return;
  const { bar, cls, say } = Recorder;
  const button = bar.querySelector("[data-offline]"), name = Kept.name(cls);
  const closed = bar.hasAttribute("data-closed");

  const show = (text, kept) => {
    button.textContent = text;
    button.setAttribute("aria-pressed", String(kept));
  };

  const worker = () => navigator.serviceWorker.register(bar.dataset.worker, { scope: "/t/" });

  async function take() {
    show(say("keeping"), false);
    try {
      await worker();
      const got = await gather();
      const cache = await caches.open(name);
      const files = [...document.querySelectorAll("link[rel=stylesheet], script[src]")].map((e) => e.href ?? e.src);
      await cache.addAll([...files.map((f) => f || ""), bar.dataset.icon].filter(Boolean));
      await store(cache, got);
      await navigator.serviceWorker.ready;
      show(say("kept"), true);
    } catch {
      await caches.delete(name);
      show(say("kept.not"), false);
    }
  }

  // gather fetches the pages. Somebody else may have signed in in another window:
  // what was made for him is not kept under this name.
  async function gather() {
    const got = [];
    for (const page of JSON.parse(bar.dataset.keep)) {
      const answer = await fetch(page, { headers: { Accept: "text/html" } });
      if (!answer.ok || answer.redirected || !Kept.own(answer)) throw new Error(page);
      got.push([page, answer]);
    }
    return got;
  }

  // store keeps the pages; each names the scripts that it needs.
  async function store(cache, got) {
    for (const [page, answer] of got) {
      const text = await answer.clone().text();
      await cache.put(page, answer);
      for (const [, src] of text.matchAll(/<script src="([^"]+)"/g)) if (!await cache.match(src)) await cache.add(src);
    }
  }

  // refresh renews what is kept, unless it was deleted meanwhile.
  async function refresh() {
    const got = await gather();
    if (await caches.has(name)) await store(await caches.open(name), got);
  }

  async function forget() {
    await caches.delete(name);
    show(say("forget"), false);
  }

  async function begin() {
    if (closed) return caches.delete(name);
    const kept = await caches.has(name);
    button.hidden = false;
    if (kept) {
      show(say("kept"), true);
      try { await worker(); await refresh(); } catch { /* without a network what is kept stays */ }
    }
    button.addEventListener("click", () => button.getAttribute("aria-pressed") === "true" ? forget() : take());
    window.addEventListener("recorder-roster", async () => {
      if (await caches.has(name)) refresh().catch(() => {});
    });
  }
  Recorder.ready.then(begin);
})();
