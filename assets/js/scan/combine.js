// Holds the registry's answer over the network against what this device found
// (docs/verdicts.md, "The scanner with a network"). The registry decides; a no
// that was signed stays a no; a request that failed changes nothing.
Scan.combine = (() => {
  const fields = ["name", "id_last4", "kind", "issued_on", "valid_from", "valid_until", "hours", "practical_hours", "practical_assessed", "demo"];

  // differs compares what the QR code says with what the registry shows. A name
  // that was erased at its holder's wish is no difference.
  function differs(paper, shown) {
    const same = (field) => (paper[field] ?? "") === (shown[field] ?? "") || (paper[field] || false) === (shown[field] || false);
    return paper.course.code !== shown.course?.code || paper.course.version !== shown.course?.version || paper.base.code !== shown.base?.code ||
      fields.some((field) => !same(field) && !(shown.name === "" && (field === "name" || field === "id_last4")));
  }

  // evidenceOf says what the device found beside the code.
  function evidenceOf(offline, paper, online) {
    const { signature } = offline.checks;
    if (paper.foreign) return "foreign";
    if (!paper.record) return "none";
    if (signature.result === "no") return "altered";
    if (!paper.says) return "unreadable";
    if (signature.reason === "key.unknown") return "unknown key";
    if (offline.reasons[0]?.code === "issuer.mismatch" || online.credential && differs(paper.says, online.credential)) return "different";
    return signature.result === "yes" ? "genuine" : "unjudged";
  }

  const put = (online, status, verdict, code, signature) => ({
    ...online, status, verdict, reasons: [{ code, args: [] }, ...online.reasons],
    checks: { ...online.checks, ...(signature && { signature }) },
  });

  // answer combines. online is null when the request failed. paper is what was
  // scanned: { foreign: the link is not ours, record: there is one, says: the
  // record in the form of a shown credential, null for one that cannot be read }.
  function answer(online, offline, paper) {
    if (!online || online.reasons?.some((r) => r.code === "store.unreachable")) return { ...offline, from: "device" };
    const evidence = evidenceOf(offline, paper, online), signed = offline.checks.signature;
    const final = offline.status === "revoked" || offline.status === "superseded";
    const kept = { ...online, from: "registry" };
    if (evidence === "altered") return { ...put(kept, "altered", "no", "record.signature", signed) };
    if (online.verdict === "cannot_tell") return offline.verdict === "yes" ? kept : { ...offline, from: "device" };
    if (final && online.verdict === "yes") return { ...offline, from: "device" };
    if (!online.credential) return kept;
    switch (evidence) {
      case "different": return put(kept, "altered", "no", "record.differs", { result: "no" });
      case "foreign": return doubt(kept, "origin.foreign", null, [paper.origin]);
      case "unreadable": return doubt(kept, "record.unreadable", signed);
      case "unknown key": return doubt(kept, "signer.unknown", signed);
      case "genuine": return { ...kept, checks: { ...kept.checks, signature: kept.checks.signature.result === "yes" ? signed : kept.checks.signature } };
    }
    return kept;
  }

  // doubt takes a yes back; a no, and a replacement, stay.
  function doubt(online, code, signature, args = []) {
    const yes = online.verdict === "yes";
    const out = put(online, yes ? "could_not_check" : online.status, yes ? "cannot_tell" : online.verdict, code, signature);
    out.reasons[0].args = args;
    return out;
  }

  return { answer, differs };
})();
