package storetest

import (
	"database/sql"
	"testing"
)

// EachRow calls fn with every row of every table of the PostgreSQL database, as
// text: those of the job queue and of the migrations too, and what the planner
// remembers of columns (pg_stats). Binary columns are in hexadecimal.
func EachRow(t testing.TB, dsn string, fn func(table, row string)) {
	t.Helper()
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	tables := texts(t, db, `SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
		UNION ALL SELECT 'pg_catalog.pg_stats' ORDER BY 1`)
	for _, table := range tables {
		for _, row := range texts(t, db, "SELECT CAST(r AS TEXT) FROM "+table+" r") {
			fn(table, row)
		}
	}
}

// texts reads the one column of the query.
func texts(t testing.TB, db *sql.DB, query string) (list []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		list = append(list, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// Analyze has the planner look at every table of the PostgreSQL database anew.
func Analyze(t testing.TB, dsn string) {
	t.Helper()
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), "ANALYZE"); err != nil {
		t.Fatal(err)
	}
}
