// Why something was refused. Callers look at the code, people at the text that
// the code has in their language.

/**
 * Refusal is the one error of these modules. `code` is stable and the same as
 * the registry's: "code.mistyped", "record.malformed", "trust.rolled_back" …
 * (docs/qr.md, docs/trust.md). `args` are plain values that belong to it.
 */
export class Refusal extends Error {
  constructor(code, detail = "", args = []) {
    super(detail ? `${code}: ${detail}` : code);
    this.name = "Refusal";
    this.code = code;
    this.args = args;
  }
}
