package store_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/store/storetest"
)

func TestMigratingTwiceChangesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		w := newWorld(t, d)
		before := columns(t, d)
		salt, _ := d.Strings(t.Context(), "SELECT value FROM settings")
		if err := d.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if after := columns(t, d); !slices.Equal(before, after) {
			t.Errorf("columns after: %v", after)
		}
		if again, _ := d.Strings(t.Context(), "SELECT value FROM settings"); !slices.Equal(salt, again) {
			t.Error("the second migration made another salt")
		}
		if err := d.Ready(t.Context()); err != nil {
			t.Error(err)
		}
		mustRead(t, d, func(ctx context.Context, tx *store.Tx) error { _, err := tx.Class(ctx, w.class.ID); return err })
	})
}

func TestAStoreWithoutASchemaIsNotReady(t *testing.T) {
	d, err := store.Open(t.Context(), store.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	if d.Ready(t.Context()) == nil {
		t.Error("Ready before Migrate: no error")
	}
}

func TestNodesThatStartTogetherMigrateOneAfterTheOther(t *testing.T) {
	dsn := storetest.Postgres(t)
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			d, err := store.Open(t.Context(), store.Config{URL: dsn})
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = d.Close() }()
			if err := errors.Join(d.Migrate(t.Context()), d.Ready(t.Context())); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// columns lists every column of ours as "table.column".
func columns(t *testing.T, d *store.DB) (list []string) {
	t.Helper()
	query := map[string]string{
		"sqlite":   `SELECT m.name || '.' || c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'`,
		"postgres": `SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = current_schema()`,
	}[d.Dialect()]
	all, err := d.Strings(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if !strings.HasPrefix(c, "goose_") && !strings.HasPrefix(c, "river_") && !strings.HasPrefix(c, "sqlite_") {
			list = append(list, c)
		}
	}
	slices.Sort(list)
	return list
}

func TestBothEnginesHaveOneSchema(t *testing.T) {
	lite, big := storetest.New(t), storetest.Open(t, store.Config{URL: storetest.Postgres(t)})
	a, b := columns(t, lite), columns(t, big)
	if !slices.Equal(a, b) || len(a) < 100 {
		t.Errorf("columns differ:\nsqlite   %v\npostgres %v", a, b)
	}
	nulls, err := big.Strings(t.Context(), `SELECT table_name || '.' || column_name FROM information_schema.columns
		WHERE table_schema = current_schema() AND is_nullable = 'YES' AND table_name NOT LIKE 'river%' AND table_name NOT LIKE 'goose%'`)
	if len(nulls) > 0 || err != nil {
		t.Errorf("columns that may be NULL: %v, %v", nulls, err)
	}
	// A text compares by its bytes on SQLite; it must on PostgreSQL too, or pages
	// and prefix searches differ.
	local, err := big.Strings(t.Context(), `SELECT table_name || '.' || column_name FROM information_schema.columns
		WHERE table_schema = current_schema() AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C' AND table_name NOT LIKE 'river%' AND table_name NOT LIKE 'goose%'`)
	if len(local) > 0 || err != nil {
		t.Errorf("columns without the collation C: %v, %v", local, err)
	}
}

func TestASecondProcessIsRefusedUntilTheFirstEnds(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "odd name?mode=ro&x=%41#")
	first, err := store.Open(t.Context(), store.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	_, err = store.Open(t.Context(), store.Config{Dir: dir})
	var refusal *registry.Error
	if !errors.As(err, &refusal) || refusal.Code != "store.in_use" {
		t.Errorf("second Open = %v, want store.in_use", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "passmuster.db")); err != nil {
		t.Errorf("the file is not where it was asked for: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := store.Open(t.Context(), store.Config{Dir: dir}) // the lock file is still there
	if err != nil {
		t.Fatalf("Open after the first ended = %v", err)
	}
	_ = second.Close()
}

// TestLibcIsTheOneThatSQLiteWasMadeFor: the generated code of modernc.org/sqlite
// works with exactly the libc that its go.mod names.
func TestLibcIsTheOneThatSQLiteWasMadeFor(t *testing.T) {
	version := func(args ...string) string {
		out, err := exec.Command("go", append([]string{"list", "-m", "-f"}, args...)...).Output()
		if err != nil {
			t.Fatalf("go list %v: %v", args, err)
		}
		return strings.TrimSpace(string(out))
	}
	file, err := os.ReadFile(version("{{.GoMod}}", "modernc.org/sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	asked := regexp.MustCompile(`modernc\.org/libc (v\S+)`).FindSubmatch(file)
	if used := version("{{.Version}}", "modernc.org/libc"); asked == nil || used != string(asked[1]) {
		t.Errorf("modernc.org/libc is %s, modernc.org/sqlite asks for %s", used, asked)
	}
}
