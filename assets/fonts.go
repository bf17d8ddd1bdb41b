package assets

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// The fonts are embedded one by one, so that reading one copies nothing.
var (
	//go:embed fonts/NotoSansSC_400Regular.ttf
	notoSansSC []byte
	//go:embed fonts/NotoSerifSC_500Medium.ttf.gz
	notoSerifSC []byte
	//go:embed fonts/NotoSans_400Regular.ttf
	notoSans []byte
	//go:embed fonts/NotoSans_700Bold.ttf
	notoSansBold []byte
	//go:embed fonts/NotoSerif_500Medium.ttf
	notoSerif []byte
	//go:embed fonts/NotoSansMono_500Medium.ttf
	notoSansMono []byte
	//go:embed fonts/HanazonoRare.ttf.gz
	hanazonoRare []byte

	//go:embed fonts/MANIFEST.json
	fontManifest []byte
)

// FontFile is one vendored font. A stored certificate template names its fonts
// by SHA256, so an upgrade adds a file and never replaces one.
type FontFile struct {
	File    string `json:"file"`    // name in assets/fonts; ".gz" is gzip-compressed
	Name    string `json:"name"`    // PostScript-like name for a PDF, "NotoSansSC"
	Package string `json:"package"` // where it comes from, "npm:@scope/name" or "deb:name"
	Version string `json:"version"` // of the package
	Path    string `json:"path"`    // in the package, or how it was made from it
	Licence string `json:"licence"` // name of the text beside it
	SHA256  string `json:"sha256"`  // hex, of the file as stored
	Data    []byte `json:"-"`       // read only
}

// Fonts lists the vendored fonts, in the order of the manifest.
func Fonts() ([]FontFile, error) {
	var list []FontFile
	if err := json.Unmarshal(fontManifest, &list); err != nil {
		return nil, fmt.Errorf("read font manifest: %w", err)
	}
	data := map[string][]byte{
		"NotoSansSC_400Regular.ttf":    notoSansSC,
		"NotoSerifSC_500Medium.ttf.gz": notoSerifSC,
		"NotoSans_400Regular.ttf":      notoSans,
		"NotoSans_700Bold.ttf":         notoSansBold,
		"NotoSerif_500Medium.ttf":      notoSerif,
		"NotoSansMono_500Medium.ttf":   notoSansMono,
		"HanazonoRare.ttf.gz":          hanazonoRare,
	}
	for i, f := range list {
		if list[i].Data = data[f.File]; list[i].Data == nil {
			return nil, fmt.Errorf("font %s is in the manifest but not in the program", f.File)
		}
	}
	return list, nil
}

// TrueType is the font itself, read only: unpacked where the file is compressed,
// which takes the time and the memory each time.
func (f FontFile) TrueType() ([]byte, error) {
	if !strings.HasSuffix(f.File, ".gz") {
		return f.Data, nil
	}
	r, err := gzip.NewReader(bytes.NewReader(f.Data))
	if err != nil {
		return nil, fmt.Errorf("unpack font %s: %w", f.Name, err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("unpack font %s: %w", f.Name, err)
	}
	return data, nil
}
