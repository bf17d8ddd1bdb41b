// The root key as a registry publishes it: a certificate in PEM, made by OpenSSL
// or by Node, and nothing of it that is no key on P-256.
import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import test from "node:test";
import * as v from "../index.js";
import { now, trust, unhex } from "./common.mjs";

// openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/O=DEMO/CN=DEMO root" -days 3650
const certificate = `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUHuDQDV9tQ3ETBuzQH1OYeeeM4O8wCgYIKoZIzj0EAwIw
IzENMAsGA1UECgwEREVNTzESMBAGA1UEAwwJREVNTyByb290MB4XDTI2MTEyMjE0
NDgzNloXDTM2MTExOTE0NDgzNlowIzENMAsGA1UECgwEREVNTzESMBAGA1UEAwwJ
REVNTyByb290MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEwdIZ1cAJqx/ha5Op
pCdLZKz6Y2FtpYtvfZm7aG2YA2OdJwuNSbb048BoUcJJWMkWuZWlTlUTLWtybdwI
TFrdlqNTMFEwHQYDVR0OBBYEFJR3uapQj8goUmAn8hNctvbv/g+yMB8GA1UdIwQY
MBaAFJR3uapQj8goUmAn8hNctvbv/g+yMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZI
zj0EAwIDSAAwRQIgVV+FPLfhIM4ZrRuRe6dAc7el/spxla63zgssZNOIvmECIQCU
Sk2f0Qu6gquio3qnHHbYo3um54+GZaG5QsNZETmdew==
-----END CERTIFICATE-----
`;
const rsa = `-----BEGIN CERTIFICATE-----
MIIDJTCCAg2gAwIBAgIUHgk6aGHts45fo+HUnPpmEcUUO1MwDQYJKoZIhvcNAQEL
BQAwIjENMAsGA1UECgwEREVNTzERMA8GA1UEAwwIREVNTyBSU0EwHhcNMjYxMTIy
MTQ0ODM2WhcNMzYxMTE5MTQ0ODM2WjAiMQ0wCwYDVQQKDARERU1PMREwDwYDVQQD
DAhERU1PIFJTQTCCASIwDQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEBAIzvbEwm
YK1lknVjcCOJaCoMenCLKptuXMtJ7XBRupI4TGvHP1wG4XPUgt0v//Qf7y5gkWuB
eohdvk6nru2/nVIlxxWtmOF3utArffGDiBFq1fhAlK8B7PHnlcaMnroPZ12xJ+et
Mmm0OPy/3va3olciD54BGqe8UWaR+B7vlpMNYDmpTmjGj2JgWRtCaeOKz05s+zI0
LL2WKk6iHDBOkVLjovoy6w+BpNXhBBZZxb9OAjhDwwtbAz2XD5kUVPL/1F/p+XeW
5ddHNuechYhiY13jz3cD1JF0mVp+pIm0hd3MLSZcj3LtdlM1fXSUBX/Q2Uv6/MdI
1B1jSQqNe79yZSsCAwEAAaNTMFEwHQYDVR0OBBYEFOM3VXefNEyp/CKWnxZSWjES
leCkMB8GA1UdIwQYMBaAFOM3VXefNEyp/CKWnxZSWjESleCkMA8GA1UdEwEB/wQF
MAMBAf8wDQYJKoZIhvcNAQELBQADggEBAAqJJaLWAnakBqrUSQpQNhnEz/lAAADK
VZ4zeLRjiRdZcXDCGtr1tKyjoAJFO0i/Y21BX3dFGvwju1ljITeoII7cyao2tLcG
Uo4SD/lHRQGP5c1PKpSLi6JtPmFYTRVgaFtDe9JDIazxE3+kU3EgdJ+BA4n9el3f
r+gZbRhgYWcAdEjydZ181m3XQbnls+P7Mc0WlVvv8rzoE56x6L8zKiJv2JyhYLmw
4ckn3kvzPO74S+9G6YTfa5yCkrsMsAdGRcpkpTTugTA3PLbNoelXQpe6+MERYkux
W2eNiUz5anNjBcaZmq7Vw8phkAUccywjbCLNH1gNfwdkRoPLllLj+No=
-----END CERTIFICATE-----
`;
const root = unhex(trust.root);

const spki = (point) => createPublicKey({ format: "jwk", key: {
  kty: "EC", crv: "P-256", x: Buffer.from(point.subarray(1, 33)).toString("base64url"), y: Buffer.from(point.subarray(33)).toString("base64url"),
} }).export({ type: "spki", format: "pem" });

const pem = (der, label = "PUBLIC KEY") => `-----BEGIN ${label}-----\n${Buffer.from(der).toString("base64")}\n-----END ${label}-----\n`;
const der = (text) => Buffer.from(text.split("\n").slice(1, -2).join(""), "base64");

const refused = (text, what) => assert.throws(() => v.parseRoot(text), (e) => e instanceof v.Refusal && e.code === "trust.root", what);

test("the key of a certificate is read", () => {
  const jwk = createPublicKey(certificate).export({ format: "jwk" });
  const want = Uint8Array.from([4, ...Buffer.from(jwk.x, "base64url"), ...Buffer.from(jwk.y, "base64url")]);
  for (const text of [certificate, "# the root\r\n" + certificate.replaceAll("\n", "\r\n"), certificate + rsa]) {
    const point = v.parseRoot(text);
    assert.ok(point instanceof Uint8Array && point.length === 65);
    assert.deepEqual([...point], [...want]);
  }
});

test("the key of the vectors opens their list, as a public key in PEM", async () => {
  const point = v.parseRoot(spki(root));
  assert.deepEqual([...point], [...root]);
  assert.equal((await v.openTrustList(unhex(trust.list), { root: point, now })).refusal, null);
});

test("a certificate of another root opens nothing", async () => {
  await assert.rejects(v.openTrustList(unhex(trust.list), { root: v.parseRoot(certificate), now }), { code: "trust.root" });
});

test("what is no key on P-256 is refused", () => {
  for (const [type, options] of [["ec", { namedCurve: "P-384" }], ["ec", { namedCurve: "secp256k1" }], ["rsa", { modulusLength: 2048 }], ["ed25519", {}]]) {
    refused(generateKeyPairSync(type, options).publicKey.export({ type: "spki", format: "pem" }), type);
  }
  refused(rsa, "a certificate of RSA");
  const secret = generateKeyPairSync("ec", { namedCurve: "P-256" });
  refused(secret.privateKey.export({ type: "pkcs8", format: "pem" }), "a private key");
  const off = der(spki(root));
  off[off.length - 1] ^= 1;
  refused(pem(off), "a point that is not on the curve");
  for (const none of [undefined, null, root, "", "abc", pem(""), pem(root), pem(der(certificate)), pem(der(spki(root)), "CERTIFICATE"), "-----BEGIN PUBLIC KEY-----\n=A=\n-----END PUBLIC KEY-----", certificate.repeat(200)]) {
    refused(none, String(none));
  }
});

test("cut off anywhere, or longer by a byte, it is refused", () => {
  for (const [text, label] of [[certificate, "CERTIFICATE"], [spki(root), "PUBLIC KEY"]]) {
    const whole = der(text);
    for (let n = 0; n < whole.length; n++) refused(pem(whole.subarray(0, n), label), `${n} bytes of a ${label}`);
    refused(pem([...whole, 0], label), "a byte behind");
  }
});
