// Package passmuster-verify checks certificates without a network, with
// WebCrypto and nothing else: no dependency, no page, no server. Everything that
// is not in the one form is refused, and no failed check ever gives a yes.
// The formats and the verdict are specified in docs/qr.md and docs/trust.md.
export { Refusal } from "./refusal.js";
export { codeOf, grouped } from "./code.js";
export { fromDigits } from "./digits.js";
export { parseScan } from "./scan.js";
export { expiresAt, issuedBy, openRecord, signedFor, startsAt } from "./record.js";
export { inDate, openTrustList, rootOf } from "./list.js";
export { parseRoot } from "./root.js";
export { lookup, openBundle, vouches } from "./bundle.js";
export { remember, unseen } from "./seen.js";
export { datesStatus, decide, verdictOf } from "./offline.js";
export { thumbprint } from "./p256.js";
export { holdFragment } from "./fragment.js";
export { shown } from "./shown.js";
