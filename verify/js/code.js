// The verification code: 16 characters of Crockford's base32, the last a check
// character (Luhn mod 32).
import { Refusal } from "./refusal.js";

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const length = 16;
const separators = " -\u00a0\u2010\u2011\u2012\u2013\u2014\u2212\u3000";

/**
 * codeOf reads a code as people type it: any case, spaces and hyphens anywhere,
 * O for 0, I and L for 1. It returns the 16 characters, and refuses everything
 * else as "code.mistyped".
 */
export function codeOf(text) {
  let code = "";
  for (const typed of String(text)) {
    if (separators.includes(typed)) continue;
    let c = typed.toUpperCase();
    if (c === "O") c = "0";
    if (c === "I" || c === "L") c = "1";
    if (c.length !== 1 || !alphabet.includes(c) || code.length === length) throw new Refusal("code.mistyped");
    code += c;
  }
  if (code.length !== length || checkCharacter(code.slice(0, -1)) !== code[length - 1]) throw new Refusal("code.mistyped");
  return code;
}

/** grouped is the printed form, "7K3Q-D9XM-2HRT-W4BX". */
export const grouped = (code) => code.replace(/(.{4})(?=.)/g, "$1-");

function checkCharacter(code) {
  let sum = 0;
  let factor = 2;
  for (let i = code.length - 1; i >= 0; i--) {
    const addend = factor * alphabet.indexOf(code[i]);
    sum += Math.floor(addend / 32) + (addend % 32);
    factor = 3 - factor;
  }
  return alphabet[(32 - (sum % 32)) % 32];
}
