// Compares room and list while heads are counted. Without this script the button
// does.
document.querySelectorAll("form[data-heads]").forEach((form) => {
  const told = document.getElementById("tallied");
  const number = (name) => Number.parseInt(form.elements[name]?.value, 10) || 0;
  const compare = () => {
    const waiting = form.querySelectorAll('[name="strike"]:not(:checked)').length;
    const list = Number(form.dataset.heads) + waiting - number("away"), room = number("heads");
    if (!room) return;
    const same = room === list;
    told.className = "tallied " + (same ? "same" : "differs");
    told.textContent = (same ? form.dataset.same : form.dataset.differs).replace("{0}", room).replace("{1}", list);
  };
  form.addEventListener("input", compare);
  compare();
});
