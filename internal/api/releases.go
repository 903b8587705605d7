package api

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"html"
	"html/template"
	"regexp"
	"strings"
	"time"

	"github.com/simstead/simstead"
)

// release is a section of the changelog.
type release struct {
	Name   string // its version, or Unreleased
	Date   string // 2006-01-02; "" when it has none
	Groups []releaseGroup
}

type releaseGroup struct {
	Name  string // Added, Changed, ...
	Items []template.HTML
}

// releases reads the changelog, whose form is that of Keep a Changelog.
func releases() (all []release) {
	for line := range strings.Lines(simstead.Changelog) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(line, "## "):
			name, date, _ := strings.Cut(strings.TrimPrefix(line, "## "), " - ")
			all = append(all, release{Name: strings.Trim(name, "[]"), Date: date})
		case len(all) == 0:
		case strings.HasPrefix(line, "### "):
			last := &all[len(all)-1]
			last.Groups = append(last.Groups, releaseGroup{Name: strings.TrimPrefix(line, "### ")})
		default:
			all[len(all)-1].add(line)
		}
	}
	return all
}

// add adds a line of a list: a new item, or more of the last.
func (r *release) add(line string) {
	if len(r.Groups) == 0 {
		return
	}
	g := &r.Groups[len(r.Groups)-1]
	if text, ok := strings.CutPrefix(line, "- "); ok {
		g.Items = append(g.Items, inline(text))
	} else if text := strings.TrimSpace(line); text != "" && len(g.Items) > 0 {
		g.Items[len(g.Items)-1] += " " + inline(text)
	}
}

var (
	codeSpan = regexp.MustCompile("`([^`]*)`")
	mdLink   = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
)

// inline makes HTML of a line of Markdown. Links lead into the repository, which is not served: their words stay.
func inline(text string) template.HTML {
	text = html.EscapeString(mdLink.ReplaceAllString(text, "$1"))
	return template.HTML(codeSpan.ReplaceAllString(text, "<code>$1</code>")) //nolint:gosec // escaped above
}

// rss is a feed (RSS 2.0).
type rss struct {
	XMLName xml.Name   `xml:"rss"`
	Version string     `xml:"version,attr"`
	Title   string     `xml:"channel>title"`
	Link    string     `xml:"channel>link"`
	About   string     `xml:"channel>description"`
	Items   []feedItem `xml:"channel>item"`
}

type feedItem struct {
	Title string `xml:"title"`
	Link  string `xml:"link"`
	GUID  string `xml:"guid"`
	Date  string `xml:"pubDate,omitempty"`
	About string `xml:"description"`
}

// feed is the release notes as a feed; links lead to the server as its reader named it.
func feed(server string, all []release) []byte {
	page := server + "/api/doc/guide/releases"
	f := rss{Version: "2.0", Title: "Simstead release notes", Link: page, About: "What users and operators notice."}
	for _, r := range all {
		at := page + "#" + r.Name
		item := feedItem{Title: r.Name, Link: at, GUID: at}
		if day, err := time.Parse(time.DateOnly, r.Date); err == nil {
			item.Date = day.Format(time.RFC1123Z)
		}
		for _, g := range r.Groups {
			item.About += "<h3>" + html.EscapeString(g.Name) + "</h3><ul>"
			for _, one := range g.Items {
				item.About += fmt.Sprintf("<li>%s</li>", one)
			}
			item.About += "</ul>"
		}
		f.Items = append(f.Items, item)
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	if err := xml.NewEncoder(&b).Encode(f); err != nil {
		panic(fmt.Errorf("make the feed: %w", err)) // only strings are in it
	}
	return b.Bytes()
}
