// What the scanner keeps on this device: the root, list and bundles as they were
// signed, the numbers that were seen, and its counters. Nothing about anybody.
Scan.store = (() => {
  const shelf = "kept";
  let opening;

  const asked = (request) => new Promise((done, fail) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });

  function open() {
    opening ??= new Promise((done, fail) => {
      if (!("indexedDB" in window)) return fail(new Error("no IndexedDB"));
      const request = indexedDB.open("passmuster-scanner", 1);
      request.onupgradeneeded = () => request.result.createObjectStore(shelf);
      request.onsuccess = () => {
        request.result.onversionchange = () => { request.result.close(); opening = undefined; };
        done(request.result);
      };
      request.onerror = () => fail(request.error);
      request.onblocked = () => fail(new Error("blocked"));
    });
    return opening;
  }

  // change runs work in one transaction, which happens whole or not at all.
  async function change(work, mode = "readwrite") {
    const tx = (await open()).transaction(shelf, mode), kept = tx.objectStore(shelf);
    const done = new Promise((ok, fail) => {
      tx.oncomplete = ok;
      tx.onabort = tx.onerror = () => fail(tx.error ?? new Error("not kept"));
    });
    const result = await work({
      get: (key) => asked(kept.get(key)),
      put: (key, value) => asked(kept.put(value, key)),
      remove: (key) => asked(kept.delete(key)),
    });
    await done;
    return result;
  }

  const get = (key) => change((kept) => kept.get(key), "readonly");
  const put = (key, value) => change((kept) => kept.put(key, value));
  const remove = (key) => change((kept) => kept.remove(key));

  // persist asks the browser not to clear what is kept when room is short.
  async function persist() {
    if (!navigator.storage?.persist) return null;
    return await navigator.storage.persisted() || navigator.storage.persist();
  }

  return { change, get, put, remove, persist };
})();
