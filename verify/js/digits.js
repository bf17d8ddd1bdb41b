// The record as one decimal number, as it stands behind "#" in a QR code.
import { Refusal } from "./refusal.js";

const maxRecord = 1024;

/** maxDigits is the length of 256^1024 - 1. */
const maxDigits = 2467;

/** fromDigits reads a record written as one decimal number; else "record.digits". */
export function fromDigits(digits) {
  if (digits.length > maxDigits || !/^[1-9][0-9]*$/.test(digits)) throw new Refusal("record.digits");
  let number = BigInt(digits).toString(16);
  if (number.length % 2) number = "0" + number;
  if (number.length > 2 * maxRecord) throw new Refusal("record.digits");
  return Uint8Array.from(number.match(/../g), (pair) => parseInt(pair, 16));
}
