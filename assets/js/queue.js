// Keeps what a recorder did on the device until the server has it: a reload, an
// empty battery or a day without a network lose nothing. Where the browser keeps
// nothing, the memory of the page has to do, and the page says so.
const Queue = (() => {
  let acts = null; // in memory, where there is no database
  let cells = [];
  let next = 1;

  const asked = (request) => new Promise((done, fail) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });

  const opened = new Promise((done) => {
    let request;
    try {
      request = indexedDB.open("passmuster-recorder", 1);
    } catch {
      acts = [];
      return done(null);
    }
    request.onupgradeneeded = () => {
      request.result.createObjectStore("acts", { keyPath: "seq", autoIncrement: true });
      request.result.createObjectStore("cells", { keyPath: ["class", "place"] });
    };
    request.onsuccess = () => done(request.result);
    request.onerror = () => { acts = []; done(null); };
  });

  const store = async (name, mode) => (await opened).transaction(name, mode).objectStore(name);

  return {
    // Whether what is kept outlives the page.
    lasting: async () => (await opened) !== null,
    // Everything that waits, oldest first.
    async all() {
      await opened;
      return acts ? acts.map((a) => structuredClone(a)) : asked((await store("acts", "readonly")).getAll());
    },
    // Adds an entry, or changes the one with its seq.
    async put(entry) {
      await opened;
      if (!acts) entry.seq = await asked((await store("acts", "readwrite")).put(entry));
      else {
        entry.seq ??= next++;
        acts = [...acts.filter((a) => a.seq !== entry.seq), structuredClone(entry)].sort((a, b) => a.seq - b.seq);
      }
      return entry;
    },
    async remove(seq) {
      await opened;
      if (acts) acts = acts.filter((a) => a.seq !== seq);
      else await asked((await store("acts", "readwrite")).delete(seq));
    },
    // What the server said stands in places of the class.
    async cells(cls) {
      await opened;
      const all = acts ? cells : await asked((await store("cells", "readonly")).getAll());
      return all.filter((c) => c.class === cls);
    },
    async keepCells(list) {
      await opened;
      if (acts) cells = [...cells.filter((c) => !list.some((l) => l.class === c.class && l.place === c.place)), ...list];
      else {
        const s = await store("cells", "readwrite");
        await Promise.all(list.map((c) => asked(s.put(c))));
      }
    },
    async dropCells(cls, before) {
      await opened;
      if (acts) cells = cells.filter((c) => c.class !== cls || c.saved > before);
      else {
        const s = await store("cells", "readwrite");
        for (const c of await asked(s.getAll())) if (c.class === cls && c.saved <= before) s.delete([c.class, c.place]);
      }
    },
  };
})();
