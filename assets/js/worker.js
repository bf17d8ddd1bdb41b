// Opens the pages of a class that was taken along where there is no network.
// With a network every page is asked for anew, and what the server says counts,
// a refusal or a fault too. A copy is shown to the account alone that took it:
// an answer made for another one, or the door, deletes it.
const patience = 5000; // ms to wait for a slow network before what is kept is shown
const header = "Passmuster-Account"; // the mark of whom an answer was made for

self.addEventListener("install", (event) => event.waitUntil(self.skipWaiting()));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const request = event.request, url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("/assets/")) event.respondWith(caches.match(request, loosely).then((answer) => answer ?? fetch(request)));
  else if (request.mode === "navigate" && url.pathname.startsWith("/t/")) event.respondWith(page(event));
  else if (url.pathname.startsWith("/t/")) event.respondWith(ask(request));
});

const loosely = { ignoreSearch: true, ignoreVary: true }; // the language in the address does not count

// A copy is named class-MARK-CLASS.
const copies = async () => (await caches.keys()).filter((name) => name.startsWith("class-"));
const owner = (name) => name.split("-")[1];

// ask lets the server answer, and learns from it who is signed in.
async function ask(request) {
  const answer = await fetch(request);
  const left = answer.redirected && new URL(answer.url).pathname === "/signin";
  const mark = answer.headers.get(header);
  if (left || mark) await keepOnly(left ? "" : mark).catch(() => {});
  return answer;
}

async function keepOnly(mark) {
  await Promise.all((await copies()).filter((name) => owner(name) !== mark).map((name) => caches.delete(name)));
}

// kept is the copy of a page. Where two accounts left copies nobody knows whose
// turn it is, and neither is shown.
async function kept(request) {
  const names = await copies();
  if (new Set(names.map(owner)).size !== 1) return undefined;
  for (const cacheName of names) {
    const answer = await caches.match(request, { ...loosely, cacheName });
    if (answer?.headers.get(header) === owner(cacheName)) return answer;
  }
  return undefined;
}

async function page(event) {
  const asked = ask(event.request);
  event.waitUntil(asked.catch(() => {})); // a late answer still says who is signed in
  const slow = new Promise((_, fail) => setTimeout(() => fail(new Error("slow")), patience));
  try {
    return await Promise.race([asked, slow]);
  } catch {
    return await kept(event.request) ?? asked;
  }
}
