package archtest

// layer is one row of the table. A package imports packages of lower rows only,
// never of its own row.
type layer struct {
	name     string
	packages []string
}

// layers is the table, lowest first, in the order of docs/architecture.md. A
// row's letter and number are those of the document; where packages of one
// letter build on each other (a page on the layout, the trust list on the
// record), they stand in steps, "0c.1" below "0c.2".
var layers = []layer{
	{"0", []string{"verify/js"}},
	{"0a", []string{"internal/registry", "assets"}},
	{"0b", []string{"internal/i18n"}},
	{"0c.1", []string{"templates/ui", "templates/certificate"}},
	{"0c.2", []string{"templates/layout"}},
	{"0c.3", []string{"templates/pages", "templates/staff"}},

	{"1a.0", []string{"internal/ecsig", "internal/canonical"}},
	{"1a.1", []string{"internal/artwork", "internal/pdf/qr", "internal/pdf/sfnt", "internal/pdf/cms", "internal/pdf/check", "internal/keys/keyfile", "internal/record/cose", "internal/store/db"}},
	{"1a.2", []string{"internal/blobs", "internal/config", "internal/store", "internal/keys", "internal/pdf", "internal/record", "internal/intake"}},
	{"1b", []string{"internal/certificate", "internal/badge", "internal/access", "internal/poster", "internal/sheet", "internal/picture"}},
	{"1b.2", []string{"internal/look", "internal/mint", "internal/trust"}},
	{"1c", []string{"verify"}},

	{"2", []string{"internal/auth", "internal/accredit", "internal/training", "internal/issue", "internal/documents", "internal/lifecycle", "internal/publish", "internal/verify", "internal/share", "internal/report", "internal/design", "internal/passkey"}},
	{"3", []string{"internal/edge", "internal/demo", "internal/jobs"}},
	{"4", []string{"internal/web", "internal/api"}},
	{"4b", []string{"internal/bench"}},
	{"5", []string{"cmd/passmuster"}},
}

// beside are the packages that stand beside the program: they may import
// anything, and nothing of the program may import them outside its tests.
var beside = []string{
	"internal/archtest",        // this test
	"internal/interop",         // other people's clients, run by tests
	"internal/pdf/rules",       // clauses of PDF/A-3 and PDF/UA, for tests
	"internal/store/storetest", // databases for tests
	"internal/testkit",         // what tests of several packages share
	"internal/testkit/forge",   // what attackers send, for tests of every door
	"internal/testkit/world",   // a registry for tests of services
	"internal/tools/fontcut",   // run by hand when a font is renewed
}

// ground is what the lowest rows may import from outside of the standard
// library: they are understood, and trusted, without reading anything else.
var ground = map[string][]string{
	"internal/registry":     {"golang.org/x/text/"},
	"internal/i18n":         {"golang.org/x/text/"},
	"assets":                {},
	"verify/js":             {},
	"templates/ui":          {"github.com/a-h/templ"},
	"templates/layout":      {"github.com/a-h/templ"},
	"templates/pages":       {"github.com/a-h/templ"},
	"templates/staff":       {"github.com/a-h/templ"},
	"templates/certificate": {"golang.org/x/text/"},
}

// outside are the modules that only some packages may know, so that they can be
// replaced in one place.
var outside = []struct {
	path string   // import path or its beginning
	in   []string // packages, or their beginning up to a slash
}{
	{"github.com/gin-gonic/gin", []string{"cmd/passmuster", "internal/edge", "internal/api", "internal/web"}},
	{"github.com/danielgtaylor/huma", []string{"cmd/passmuster", "internal/api"}},
	{"github.com/jackc/pgx", []string{"internal/bench", "internal/store"}},
	{"github.com/riverqueue/river", []string{"internal/store", "internal/jobs"}},
	{"modernc.org/sqlite", []string{"internal/store"}},
	{"github.com/pressly/goose", []string{"internal/store"}},
	{"software.sslmate.com/src/go-pkcs12", []string{"internal/keys/keyfile"}},
	{"github.com/go-webauthn/webauthn", []string{"internal/passkey"}},
	{"github.com/xuri/excelize", []string{"internal/intake"}},
	{"database/sql", []string{"internal/bench", "internal/store"}},
	{"github.com/golang-jwt/jwt", []string{"internal/auth", "internal/badge", "internal/keys"}},
	{"github.com/jung-kurt/gofpdf", []string{"internal/poster"}},
	{"github.com/minio/minio-go", []string{"internal/blobs"}},
	{"github.com/skip2/go-qrcode", []string{"internal/poster", "internal/web"}},
}

// pure imports nothing that reaches out of the process.
var pure = []string{"internal/registry", "internal/artwork", "internal/pdf", "internal/record", "internal/trust", "internal/certificate", "internal/badge", "internal/mint", "verify"}

// reaching are the standard packages that reach out.
var reaching = []string{"os", "os/exec", "net", "net/http", "database/sql", "log", "log/slog", "syscall"}

// clocks are the packages that may read the machine's clock; all others are
// given the time.
var clocks = []string{"cmd/passmuster", "internal/bench", "internal/edge", "internal/demo", "internal/store", "internal/jobs"}
