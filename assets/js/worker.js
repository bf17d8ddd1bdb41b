// Opens the pages of a class that was taken along where there is no network.
// With a network every page is asked for anew; nothing else is touched.
const patience = 5000; // ms to wait for a slow network before what is kept is shown

self.addEventListener("install", (event) => event.waitUntil(self.skipWaiting()));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const request = event.request, url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("/assets/")) event.respondWith(kept(request).then((answer) => answer ?? fetch(request)));
  else if (request.mode === "navigate" && url.pathname.startsWith("/t/classes/")) event.respondWith(page(request));
});

// kept is what a class brought along; the language in the address does not count.
const kept = (request) => caches.match(request, { ignoreSearch: true, ignoreVary: true });

async function page(request) {
  const old = await kept(request);
  if (!old) return fetch(request);
  const asked = fetch(request);
  asked.catch(() => {});
  try {
    const answer = await Promise.race([asked, new Promise((_, fail) => setTimeout(() => fail(new Error("slow")), patience))]);
    return answer.status >= 500 ? old : answer;
  } catch {
    return old;
  }
}
