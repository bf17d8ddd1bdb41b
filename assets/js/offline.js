// Takes a class along: its recorder's pages are kept on the device, and a worker
// opens them where there is no network. What is recorded meanwhile waits in the
// queue.
(() => {
  if (!Recorder || !("serviceWorker" in navigator) || !("caches" in window)) return;
  const { bar, cls, say } = Recorder;
  const button = bar.querySelector("[data-offline]"), name = `class-${cls}`;
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
      const cache = await caches.open(name);
      const files = [...document.querySelectorAll("link[rel=stylesheet], script[src]")].map((e) => e.href ?? e.src);
      await cache.addAll([...files.map((f) => f || ""), bar.dataset.icon].filter(Boolean));
      await refresh(cache);
      await navigator.serviceWorker.ready;
      show(say("kept"), true);
    } catch {
      await caches.delete(name);
      show(say("kept.not"), false);
    }
  }

  // refresh fetches the pages anew; each page names the scripts that it needs.
  async function refresh(cache) {
    for (const page of JSON.parse(bar.dataset.keep)) {
      const answer = await fetch(page, { headers: { Accept: "text/html" } });
      if (!answer.ok || answer.redirected) throw new Error(page);
      const text = await answer.clone().text();
      await cache.put(page, answer);
      for (const [, src] of text.matchAll(/<script src="([^"]+)"/g)) if (!await cache.match(src)) await cache.add(src);
    }
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
      try { await worker(); await refresh(await caches.open(name)); } catch { /* without a network what is kept stays */ }
    }
    button.addEventListener("click", () => button.getAttribute("aria-pressed") === "true" ? forget() : take());
    window.addEventListener("recorder-roster", async () => {
      if (await caches.has(name)) refresh(await caches.open(name)).catch(() => {});
    });
  }
  // Who signs out leaves no names on the device; what waits to be saved stays.
  document.querySelector('form[action="/signout"]')?.addEventListener("submit", () => {
    caches.keys().then((all) => all.forEach((k) => k.startsWith("class-") && caches.delete(k)));
  });
  Recorder.ready.then(begin);
})();
