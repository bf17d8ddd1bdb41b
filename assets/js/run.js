// Keeps the page of a job fresh by its events. The page loads itself again when
// the work ends, and where events do not come through; without this script it
// does so every three seconds.
const box = document.querySelector("[data-events]");
if (box) {
  const bar = box.querySelector("progress");
  const sentence = box.querySelector("[data-sentence]");
  const said = box.querySelector("[data-said]");
  const quiet = 40_000; // the server says that it lives every fifteen seconds
  let tenth = Math.floor((10 * bar.value) / bar.max);
  let source;
  let timer;

  const again = () => location.reload();
  const wait = (ms) => {
    clearTimeout(timer);
    timer = setTimeout(again, ms);
  };
  const told = (event) => {
    wait(quiet);
    const job = JSON.parse(event.data);
    bar.max = Math.max(job.total, 1);
    bar.value = job.done;
    sentence.textContent = job.sentence;
    const now = Math.floor((10 * job.done) / bar.max);
    if (now !== tenth) said.textContent = job.sentence; // every 10 %, not every certificate
    tenth = now;
  };
  const open = () => {
    if (!window.EventSource) return wait(3000);
    source = new EventSource(box.dataset.events);
    source.addEventListener("progress", told);
    for (const end of ["done", "failed"]) source.addEventListener(end, again);
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) wait(3000); // refused: the page will say why
    };
    wait(quiet);
  };
  // A phone that was closed may have lost the stream without noticing.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && (!source || source.readyState !== EventSource.OPEN)) again();
  });
  addEventListener("pagehide", () => source && source.close());
  open();
}
