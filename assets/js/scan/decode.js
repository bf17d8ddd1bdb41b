// Reads QR codes in a thread of its own. zxing's files are taken from this
// server alone; their addresses stand in this script's own.
const from = new URLSearchParams(location.search);
importScripts(from.get("zxing"));

const options = { formats: ["QRCode"], tryHarder: true, tryInvert: true, maxNumberOfSymbols: 1 };
const ready = ZXingWASM.prepareZXingModule({ overrides: { locateFile: () => from.get("wasm") }, fireImmediately: true });
ready.then(() => postMessage({ ready: true }), (error) => postMessage({ ready: false, error: String(error) }));

onmessage = async ({ data }) => {
  try {
    await ready;
    const found = await ZXingWASM.readBarcodes(new ImageData(new Uint8ClampedArray(data.pixels), data.width, data.height), options);
    postMessage({ id: data.id, texts: found.filter((f) => f.isValid).map((f) => f.text) });
  } catch (error) {
    postMessage({ id: data.id, texts: [], error: String(error) });
  }
};
