// What a device keeps of a class holds names, so it belongs to who took it along.
// Every page of staff deletes what another account left, signing out deletes all
// of it first, and the door deletes what is still there when a session just ended.
// What waits to be saved is not touched: it is in the queue.
const Kept = (() => {
  const form = document.querySelector('form[action="/signout"]');
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
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    const late = new Promise((done) => setTimeout(done, patience));
    Promise.race([drop(), late]).catch(() => {}).then(() => form.submit());
  });

  return {
    drop,
    name: (cls) => mine + cls,
    // Whether an answer was made for the account of this page.
    own: (answer) => mark !== "" && answer.headers.get("Passmuster-Account") === mark,
  };
})();
