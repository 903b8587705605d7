package list

import (
	"errors"
	"strconv"
	"strings"

	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

// paging reads page and per_page. What cannot be used is the default, except on the event lists.
func (s Spec) paging(page, perPage string) (number, size int, err error) {
	if number, err = s.count("page", page, 1); err != nil {
		return 0, 0, err
	}
	if size, err = s.count("per_page", perPage, s.PerPage); err != nil {
		return 0, 0, err
	}
	if s.PerPage == 0 {
		return 1, 0, nil
	}
	return number, min(size, max(s.PerPage, s.MaxPerPage)), nil
}

func (s Spec) count(name, text string, otherwise int) (int, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if errors.Is(err, strconv.ErrRange) {
		err = nil // n is the nearest number there is: too large is a size, not a mistake
	}
	if err != nil { // the contract draws page as a number in places, so 2.0 is one
		var id value.ID
		id, err = value.ParseID(text)
		n = int(id)
	}
	if err == nil && n >= 1 {
		return n, nil
	}
	if s.Strict {
		return 0, fault.New(fault.BadRequest, "%s must be a whole number from 1, not %q", name, text)
	}
	return otherwise, nil
}

// Window places the wanted page among total rows: a page beyond the last is the last, and there is always a first.
// A list without pages is one page of all its rows.
func (q Query) Window(total int) (page, offset, limit, pages int) {
	if q.PerPage < 1 {
		return 1, 0, max(total, 0), 1
	}
	pages = 1
	if total > 0 {
		pages = (total-1)/q.PerPage + 1
	}
	page = min(max(q.Page, 1), pages)
	return page, (page - 1) * q.PerPage, q.PerPage, pages
}
