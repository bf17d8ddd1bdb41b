// Whom the scanner believes. The root is pinned once, when this device is set up
// over TLS; trust lists and bundles come from the network, a file or another
// phone, and all pass the same checks. A lower number than one seen is refused.
Scan.trust = (() => {
  let root, list = null, listBytes = null, bundles = {}, seen = null;
  const state = { loaded: false, refusal: null, offered: null, asked: 0, reached: 0 };
  const watchers = [];

  const tell = () => watchers.forEach((f) => f());

  // load opens what is kept. What was damaged on the device counts as not there.
  async function load() {
    const now = Scan.now();
    try {
      const V = await Scan.verifier;
      seen = V.unseen();
      const kept = await Scan.store.change(async (k) => ({ root: await k.get("root"), list: await k.get("list"), bundles: await k.get("bundles"), seen: await k.get("seen") }), "readonly");
      root = kept.root;
      seen = kept.seen ?? seen;
      listBytes = kept.list ?? null;
      if (root && kept.list) list = await V.openTrustList(kept.list, { root, seen, now });
      for (const [line, bytes] of Object.entries(kept.bundles ?? {})) await open(line, bytes);
    } catch (error) {
      state.refusal = refusalOf(error);
    }
    state.loaded = true;
    tell();
  }

  async function open(line, bytes) {
    const V = await Scan.verifier;
    if (!list) return;
    try {
      bundles[line] = { bytes, opened: await V.openBundle(bytes, list, { seen, now: Scan.now() }) };
    } catch (error) { // a list that revoked its signer makes a bundle worthless
      state.refusal = refusalOf(error);
    }
  }

  const refusalOf = (error) => typeof error?.code === "string" ? { code: error.code, args: error.args ?? [] } : { code: "scan.kept", args: [String(error?.name ?? error)] };
  const lineOf = (b) => `${b.kind}:${b.event}`;

  // take checks a list and a bundle (either may be null) and keeps those that are
  // newer. It returns what became of each: "new", "same", or a refusal.
  async function take(offer, how) {
    await ready;
    const out = { list: null, bundle: null };
    if (offer.list) out.list = await attempt(() => takeList(offer.list, how));
    if (offer.bundle) out.bundle = await attempt(() => takeBundle(offer.bundle));
    tell();
    return out;
  }

  async function attempt(work) {
    try {
      return await work();
    } catch (error) {
      return refusalOf(error);
    }
  }

  const refused = (result) => typeof result === "object" && result !== null;

  async function takeList(bytes, how) {
    const V = await Scan.verifier;
    if (!root && how !== "network") throw { code: "scan.no_root" };
    const opened = await V.openTrustList(bytes, { root, seen, now: Scan.now() });
    if (list && opened.number === list.number && equal(opened.root, list.root)) return "same";
    seen = await keep((k) => Promise.all([k.put("root", opened.root), k.put("list", bytes)]), V.remember(seen, opened, null), (there) => opened.number < there.list);
    root = opened.root;
    list = opened;
    listBytes = bytes;
    state.refusal = null;
    const before = bundles;
    bundles = {};
    for (const [line, b] of Object.entries(before)) await open(line, b.bytes);
    return "new";
  }

  async function takeBundle(bytes) {
    const V = await Scan.verifier;
    const opened = await V.openBundle(bytes, list, { seen, now: Scan.now() });
    const line = lineOf(opened), before = bundles[line]?.opened;
    if (before && before.number === opened.number) return "same";
    seen = await keep(async (k) => k.put("bundles", { ...(await k.get("bundles") ?? {}), [line]: bytes }), V.remember(seen, null, opened), (there) => opened.number < (there.bundle[line] ?? 0));
    bundles[line] = { bytes, opened };
    return "new";
  }

  // keep stores a document with the numbers that it raised, or neither. Another
  // window of the scanner may have stored a later one meanwhile: then it refuses.
  const keep = (put, fresh, older) => Scan.store.change(async (k) => {
    const there = await k.get("seen");
    if (there && older(there)) throw { code: "scan.window" };
    const all = there ? higher(fresh, there) : fresh;
    await put(k);
    await k.put("seen", all);
    return all;
  });

  const most = (a, b) => a > b ? a : b;

  function higher(a, b) {
    const bundle = { ...a.bundle };
    for (const [line, n] of Object.entries(b.bundle)) bundle[line] = most(bundle[line] ?? 0, n);
    return { statement: most(a.statement, b.statement), list: most(a.list, b.list), bundle, newest: most(a.newest, b.newest) };
  }

  const equal = (a, b) => a.length === b.length && a.every((x, i) => x === b[i]);

  // best is the bundle to judge by: one that is in date, then the youngest.
  function best() {
    const all = Object.values(bundles).map((b) => b.opened), now = Scan.now();
    return all.sort((a, b) => (b.validUntil > now) - (a.validUntil > now) || b.asOf - a.asOf)[0] ?? null;
  }

  // decide gives the verdict without a network. What any bundle says people
  // decided for ever holds, whichever bundle is the one to judge by.
  async function decide(scan) {
    await ready;
    const V = await Scan.verifier, ask = (bundle) => V.decide({ scan, list, bundle, now: Scan.now(), seen });
    const first = best(), answer = await ask(first);
    for (const { opened } of Object.values(bundles)) {
      if (opened === first || answer.verdict !== "yes" && answer.verdict !== "cannot_tell") continue;
      const other = await ask(opened);
      if (other.status === "revoked" || other.status === "superseded") return other;
    }
    return answer;
  }

  async function fetched(path) {
    const answer = await fetch(path, { credentials: "omit", cache: "no-cache", signal: AbortSignal.timeout?.(60000) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return new Uint8Array(await answer.arrayBuffer());
  }

  // refresh asks the registry for what is newer. Ages move only by what was
  // signed and stored, so a failure changes nothing.
  async function refresh() {
    await ready;
    state.asked = Scan.now();
    tell();
    try {
      const [newList, newBundle] = await Promise.all([fetched("/trust"), fetched("/bundle")]);
      state.offered = await take({ list: newList, bundle: newBundle }, "network");
      state.reached = Scan.now();
    } catch {
      state.offered = null;
    }
    state.asked = 0;
    tell();
    return state.offered;
  }

  // forget takes everything off the device, so that it can be set up anew.
  async function forget() {
    await Scan.store.change((k) => Promise.all(["root", "list", "bundles", "seen", "transfer"].map((key) => k.remove(key))));
    root = undefined;
    list = listBytes = null;
    bundles = {};
    seen = (await Scan.verifier).unseen();
    state.refusal = state.offered = null;
    tell();
  }

  const ready = load();
  return {
    ready, state, take, decide, refresh, forget, refused, best, watch: (f) => watchers.push(f),
    get list() { return list; }, get listBytes() { return listBytes; }, get bundles() { return bundles; }, get seen() { return seen; },
    clockBehind: () => Boolean(seen) && Scan.now() < seen.newest - 300,
  };
})();
