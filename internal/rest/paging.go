package rest

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/simstead/simstead/internal/value"
)

// Number is a query parameter that the contract draws as an integer and that the list reads leniently.
type Number string

// Paging are the query parameters of a list, as they came. Embed it in the input and give it to list.Spec.Parse.
type Paging struct {
	Q       string `query:"q" doc:"Conditions field:value that must all hold, parted by commas."`
	Sort    string `query:"sort" doc:"Fields parted by commas; a leading - sorts descending."`
	Page    Number `query:"page" doc:"The wanted page, from 1."`
	PerPage Number `query:"per_page" doc:"Rows on a page."`

	// Walk is set while the whole list is read page by page, for an export. A list that can settles its rows in it.
	Walk *value.Walk
}

// place says which page of a list was answered.
type place struct {
	total, page, perPage, pages int
	sort, filter                string
}

func pagingHeaders() []string {
	return []string{"X-Total-Count", "X-Total-Pages", "X-Current-Page", "X-Count-Per-Page", "X-Sort", "X-Filter", "Link"}
}

func (x *exchange) writePaging(p place) {
	h := x.w.Header()
	h.Set("X-Total-Count", strconv.Itoa(p.total))
	h.Set("X-Total-Pages", strconv.Itoa(p.pages))
	h.Set("X-Current-Page", strconv.Itoa(p.page))
	h.Set("X-Count-Per-Page", strconv.Itoa(p.perPage))
	h.Set("X-Sort", printable(p.sort))
	if p.filter != "" {
		h.Set("X-Filter", printable(p.filter))
	}
	h.Set("Link", x.links(p))
}

// links is the Link header (RFC 8288): the request's own URL with another page in it.
func (x *exchange) links(p place) string {
	base := x.origin.url(x.r.URL.EscapedPath()) + "?"
	if kept := withoutPage(x.r.URL.RawQuery); kept != "" {
		base += kept + "&"
	}
	var links []string
	link := func(rel string, page int) {
		links = append(links, fmt.Sprintf(`<%spage=%d>; rel="%s"`, base, page, rel))
	}
	link("first", 1)
	if p.page > 1 {
		link("prev", p.page-1)
	}
	if p.page < p.pages {
		link("next", p.page+1)
	}
	link("last", max(p.pages, 1))
	return strings.Join(links, ", ")
}

// withoutPage is a raw query without its page, safe to stand in a Link header between angle brackets.
func withoutPage(query string) string {
	var kept []string
	for piece := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(piece, "=")
		if piece != "" && name != "page" {
			kept = append(kept, piece)
		}
	}
	return strings.NewReplacer("<", "%3C", ">", "%3E", `"`, "%22").Replace(strings.Join(kept, "&"))
}

// printable is a text as it may stand in a header: percent-encoded when it holds more than printable ASCII.
func printable(text string) string {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return url.QueryEscape(text)
		}
	}
	return text
}
