package tag

import (
	"errors"
	"fmt"
	"strings"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/list"
	"github.com/simstead/simstead/internal/value"
)

// Page is one page of an organisation's tags.
type Page struct {
	Total    int   `json:"total"`
	Page     int   `json:"page"`
	PageSize int   `json:"page_size"`
	LastPage int   `json:"last_page"`
	Data     []Tag `json:"data" nullable:"false"`
}

// Spec is the list's paging: it knows neither q nor sort.
func Spec() list.Spec {
	return list.Spec{
		Fields: map[string]list.Field{"id": {Column: "t.id"}, "name": {Column: "t.name", Kind: list.Text}}, IDColumn: "t.id",
		PerPage: 100, MaxPerPage: 1000, Strict: true,
	}
}

const selectTag = `SELECT t.id, t.name, t.color_id, (SELECT COUNT(*) FROM endpoint_tag c
		JOIN endpoint d ON d.organisation_id = c.organisation_id AND d.id = c.endpoint_id AND d.status_id <> 2
		WHERE c.organisation_id = t.organisation_id AND c.tag_id = t.id) FROM tag t`

func scan(r *db.Row) Tag {
	return Tag{ID: value.ID(r.Int()), Name: r.Text(), Color: ColorRef{value.ID(r.Int())}, ResourceCount: r.Int()}
}

// List reads one page of an organisation's tags, those whose name has a part, in any case, when one is given.
func List(q db.Queryer, organisation int64, part, page, size string) (*Page, error) {
	filter := ""
	if part = strings.TrimSpace(part); part != "" && !strings.Contains(part, ",") {
		filter = "name:" + part
	}
	query, err := Spec().Parse(filter, "", page, size)
	if err != nil {
		return nil, err
	}
	where, args := query.Where(2)
	args = append([]any{organisation}, args...)
	total, err := db.One(q, db.Int, `SELECT COUNT(*) FROM tag t WHERE t.organisation_id = $1`+where, args...)
	if err != nil {
		return nil, fmt.Errorf("count tags: %w", err)
	}
	p := &Page{Total: int(total), PageSize: query.PerPage}
	var offset, limit int
	p.Page, offset, limit, p.LastPage = query.Window(p.Total)
	p.Data, err = db.All(q, scan, fmt.Sprintf(`%s WHERE t.organisation_id = $1%s ORDER BY t.id LIMIT $%d OFFSET $%d`, selectTag, where, len(args)+1, len(args)+2),
		append(args, limit, offset)...)
	if err != nil {
		return nil, fmt.Errorf("list tags: %w", err)
	}
	if p.Data == nil {
		p.Data = []Tag{}
	}
	return p, nil
}

// OfEndpoint lists the tags of one endpoint.
func OfEndpoint(q db.Queryer, organisation, endpoint int64) ([]Tag, error) {
	return db.All(q, scan, selectTag+` JOIN endpoint_tag e ON e.organisation_id = t.organisation_id AND e.tag_id = t.id
		WHERE t.organisation_id = $1 AND e.endpoint_id = $2 ORDER BY t.id`, organisation, endpoint)
}

// Assignment is a tag as an endpoint shows it.
type Assignment struct {
	ID    value.ID `json:"id"`
	Name  string   `json:"name"`
	Color ColorRef `json:"tag_color"`
}

// chunk is how many endpoints one statement looks up. The number is fixed but for one endpoint, so that there are
// two statements to prepare.
const chunk = 256

// Assignments finds the tags of some endpoints, by endpoint.
func Assignments(q db.Queryer, organisation int64, endpoints []int64) (map[int64][]Assignment, error) {
	found := map[int64][]Assignment{}
	_, err := db.One(q, db.Int, `SELECT tag_id FROM endpoint_tag WHERE organisation_id = $1 LIMIT 1`, organisation)
	if errors.Is(err, db.ErrNone) { // few have tags at all
		return found, nil
	}
	size := chunk
	if len(endpoints) == 1 {
		size = 1
	}
	marks := make([]string, size)
	for i := range marks {
		marks[i] = fmt.Sprintf("$%d", i+2)
	}
	query := `SELECT e.endpoint_id, t.id, t.name, t.color_id FROM endpoint_tag e
		JOIN tag t ON t.organisation_id = e.organisation_id AND t.id = e.tag_id
		WHERE e.organisation_id = $1 AND e.endpoint_id IN (` + strings.Join(marks, ", ") + `) ORDER BY e.endpoint_id, t.id`
	for first := 0; err == nil && first < len(endpoints); first += size {
		some := endpoints[first:min(first+size, len(endpoints))]
		args := []any{organisation}
		for i := range size {
			args = append(args, some[min(i, len(some)-1)])
		}
		err = q.Each(func(r *db.Row) {
			endpoint := r.Int()
			found[endpoint] = append(found[endpoint], Assignment{ID: value.ID(r.Int()), Name: r.Text(), Color: ColorRef{value.ID(r.Int())}})
		}, query, args...)
	}
	if err != nil {
		return nil, fmt.Errorf("read tags of endpoints: %w", err)
	}
	return found, nil
}
