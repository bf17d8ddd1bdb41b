// Scanners on a cable or by radio write like a keyboard: very fast, with Enter at
// the end, into whatever has the focus. They are heard anywhere on the page, also
// where the keyboard is set to Chinese or Russian: the place of a key counts then.
Scan.keyboard = (() => {
  const fastest = 60; // ms between two strokes of a scanner
  const shortest = 12; // strokes that are no person's
  const plain = { Minus: "-", Equal: "=", Slash: "/", Period: ".", Comma: ",", Semicolon: ";", Quote: "'", BracketLeft: "[", BracketRight: "]", Backslash: "\\", Backquote: "`", Space: " " };
  const shifted = { Digit1: "!", Digit2: "@", Digit3: "#", Digit4: "$", Digit5: "%", Digit6: "^", Digit7: "&", Digit8: "*", Digit9: "(", Digit0: ")", Minus: "_", Equal: "+", Slash: "?", Period: ">", Comma: "<", Semicolon: ":", Quote: "\"" };
  let typed = "", placed = "", at = 0, heard = () => {};

  // place is the character that the key has on the keyboard that scanners mimic.
  function place(event) {
    const { code, shiftKey } = event;
    if (code.startsWith("Key")) return shiftKey ? code[3] : code[3].toLowerCase();
    if (shiftKey && shifted[code]) return shifted[code];
    if (code.startsWith("Digit") || code.startsWith("Numpad") && code.length === 7) return code.at(-1);
    return plain[code] ?? "";
  }

  function listen(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const now = event.timeStamp, quick = now - at < fastest;
    at = now;
    if (event.key === "Enter" && quick && placed.length >= shortest) {
      const text = /^[ -~]+$/.test(typed) && typed.length === placed.length ? typed : placed;
      typed = placed = "";
      event.preventDefault();
      event.stopPropagation();
      if (event.target.matches?.("input, textarea")) event.target.value = "";
      return heard(text, "keyboard");
    }
    if (!quick) typed = placed = "";
    if (event.key.length === 1) typed += event.key;
    placed += place(event);
    // What a scanner writes must not press the button that has the focus.
    if (event.key === " " && quick && placed.length > 3) event.preventDefault();
  }

  function begin(f) {
    heard = f;
    document.addEventListener("keydown", listen, true);
  }

  return { begin };
})();
