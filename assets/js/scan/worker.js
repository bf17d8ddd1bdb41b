// Opens the scanner, and the links of certificates, where there is no network.
// `release` stands before this text: the version of the server's scanner and its
// files. One version is kept whole or not at all, and nothing else ever is: no
// page about a person, nothing of the recorder, no answer of the registry.
const mine = "scan-" + release.version;
const patience = 3000; // ms for a slow network before a certificate's link is opened here
const language = "/scan/language"; // in the cache: the one that was last chosen

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("message", (event) => { if (event.data === "take over") self.skipWaiting(); });

async function install() {
  const cache = await caches.open(mine);
  try {
    await Promise.all(release.files.map(async (file) => { if (!await cache.match(file)) await cache.add(file); })); // their names carry their checksums
    for (const page of release.pages) {
      const answer = await fetch(page, { cache: "no-store", credentials: "omit" });
      if (!answer.ok || answer.redirected || answer.headers.get("Passmuster-Scanner") !== release.version) throw new Error(page);
      await cache.put(page, answer);
    }
  } catch (error) {
    await caches.delete(mine);
    throw error;
  }
}

async function activate() {
  const chosen = await caches.match(language);
  if (chosen) await (await caches.open(mine)).put(language, chosen);
  await Promise.all((await caches.keys()).filter((name) => name.startsWith("scan-") && name !== mine).map((name) => caches.delete(name)));
  await self.clients.claim();
}

const files = new Set(release.files);
const aCertificate = /^\/v\/[^/]+$/i;

self.addEventListener("fetch", (event) => {
  const { request } = event, url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (files.has(url.pathname)) event.respondWith(kept(request));
  else if (request.mode !== "navigate") return;
  else if (url.pathname === "/scan") event.respondWith(scanner(request, url));
  else if (aCertificate.test(url.pathname)) event.respondWith(certificate(event, url));
});

const kept = async (request) => await caches.match(request.url, { cacheName: mine, ignoreVary: true }) ?? fetch(request);

// shell is the scanner's page in the language asked for, or else the last one.
async function shell(url) {
  const cache = await caches.open(mine), asked = url.searchParams.get("lang");
  if (asked && url.pathname === "/scan") await cache.put(language, new Response(asked));
  const chosen = asked ?? await (await cache.match(language))?.text();
  for (const lang of [chosen, ...navigator.languages, "en"]) {
    const page = lang && await cache.match("/scan?lang=" + lang.slice(0, 2).toLowerCase(), { ignoreVary: true });
    if (page) return page;
  }
  return undefined;
}

const scanner = async (request, url) => await shell(url) ?? fetch(request);

// certificate lets the registry answer. Where it does not, the scanner reads the
// code and the record in the address itself.
async function certificate(event, url) {
  const asked = fetch(event.request);
  event.waitUntil(asked.catch(() => {}));
  const slow = new Promise((_, fail) => setTimeout(() => fail(new Error("slow")), patience));
  try {
    const answer = await Promise.race([asked, slow]);
    return answer.status < 500 ? answer : await shell(url) ?? answer;
  } catch {
    return await shell(url) ?? asked;
  }
}
