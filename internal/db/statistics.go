package db

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// SQLite chooses between indexes by statistics, and without any believes that an organisation has ten rows of a table: then
// it reads all rows of the organisation rather than look one up in an index. What it should believe does not depend on what
// is stored at the moment, so the statistics are written here instead of measured: plans are the same on the first day and
// with a million SIMs.
const (
	rowsOfTable   = 10_000_000
	organisations = 100    // an index's column that names an organisation tells so many parts of the table apart
	fewValues     = 10     // one that is a kind, a state or a time
	manyValues    = 10_000 // any other
)

// few are columns with few values, or with many rows of the same value.
var few = []string{
	"status_id", "type_id", "traffic_type_id", "service_id", "rat_type_id", "closed_at", "told", "replayed_at", "nas", "day", "recorded_day",
	"hour", "seen_hour", "billing_month", "lapse_bucket", "expiry_date", "generation", "plmn", "service_profile_id", "tariff_profile_id",
	"ip_address_space_id", "tariff_id", "ratezone_id",
}

// writeStatistics makes SQLite's statistics what they are to be, if they are not. Open connections notice.
func writeStatistics(ctx context.Context, pool *sql.DB) error {
	want, err := statistics(ctx, pool)
	if err != nil {
		return err
	}
	have, err := pool.QueryContext(ctx, `SELECT tbl || ' ' || COALESCE(idx, '') || ' ' || stat FROM sqlite_stat1 ORDER BY 1`)
	if err == nil {
		var lines []string
		if lines, err = texts(have); err == nil && slices.Equal(lines, want) {
			return nil
		}
	}
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // the first error counts
	// The table is made anew: a change of the schema is what other connections notice.
	for _, statement := range []string{`DROP TABLE IF EXISTS sqlite_stat1`, `ANALYZE sqlite_schema`} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	for _, line := range want {
		table, rest, _ := strings.Cut(line, " ")
		index, stat, _ := strings.Cut(rest, " ")
		if _, err := tx.ExecContext(ctx, `INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)`, table, index, stat); err != nil {
			return fmt.Errorf("write statistics: %w", err)
		}
	}
	return tx.Commit()
}

// statistics are the lines of sqlite_stat1: table, index, and how many rows share the first, the first two, ... columns of it.
func statistics(ctx context.Context, pool *sql.DB) ([]string, error) {
	rows, err := pool.QueryContext(ctx, `SELECT m.name || ' ' || CASE WHEN i.origin = 'pk' AND m.sql LIKE '%WITHOUT ROWID' THEN m.name
			ELSE i.name END || ' ' || i."unique" || ' ' || i.partial || ' ' ||
		(SELECT group_concat(c.name, ' ') FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno) c)
		FROM sqlite_schema m JOIN pragma_index_list(m.name) i
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE 'goose_%'`)
	if err != nil {
		return nil, fmt.Errorf("list indexes: %w", err)
	}
	lines, err := texts(rows)
	for i, line := range lines {
		words := strings.Fields(line)
		lines[i] = words[0] + " " + words[1] + " " + share(words[2] == "1", words[3] == "1", words[4:])
	}
	slices.Sort(lines)
	return lines, err
}

// share writes how many rows an index has, and how many of them share the first columns.
func share(unique, partial bool, columns []string) string {
	n := rowsOfTable
	if partial {
		n /= 10
	}
	text := fmt.Sprint(n)
	for i, column := range columns {
		switch {
		case column == "organisation_id" || column == "owner_id" || column == "parent_id" || strings.HasSuffix(column, "_org_id"):
			n /= organisations
		case slices.Contains(few, column):
			n /= fewValues
		default:
			n /= manyValues
		}
		n = max(n, 2)
		if unique && i == len(columns)-1 {
			n = 1
		}
		text += fmt.Sprint(" ", n)
	}
	return text
}

func texts(rows *sql.Rows) (list []string, err error) {
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		list = append(list, text)
	}
	return list, rows.Err()
}
