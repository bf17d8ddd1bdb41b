// Keeps the screen for the room fresh: the code that runs, and how many have
// come. Without this script the page loads itself again.
const screenPart = document.querySelector("main[data-now]");
if (screenPart) {
  const at = (id) => document.getElementById(id);
  let shown = at("code").textContent, count = Number(at("joined").textContent), left = Number(at("left").value), missed = 0;

  const refresh = async () => {
    try {
      const answer = await fetch(screenPart.dataset.now, { headers: { Accept: "application/json" } });
      if (!answer.ok || answer.redirected) throw new Error("not now");
      const now = await answer.json();
      if (!now.open) { location.reload(); return; }
      missed = 0;
      at("slow").hidden = true;
      left = now.left;
      if (now.code !== shown) {
        shown = now.code;
        at("qr").src = now.qr;
        at("qr").parentElement.href = now.link;
        at("code").textContent = now.code;
      }
      if (now.joined !== count) {
        count = now.joined;
        at("joined").textContent = count;
        at("spoken").textContent = now.spoken;
      }
    } catch {
      missed += 1;
      if (missed > 2) { at("slow").textContent = screenPart.dataset.slow; at("slow").hidden = false; }
    }
  };
  setInterval(() => {
    left = Math.max(0, left - 1);
    at("left").value = left;
    if (left === 0) refresh();
  }, 1000);
  setInterval(refresh, 4000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { refresh(); awake(); } });

  // A screen that goes dark in the middle of it helps nobody.
  const awake = () => navigator.wakeLock?.request("screen").catch(() => {});
  awake();

  if (document.fullscreenEnabled) {
    at("full").hidden = false;
    at("full").addEventListener("click", () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()));
  }
}
