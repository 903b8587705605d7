package provision

import (
	"errors"
	"net/mail"
	"net/netip"
	"path/filepath"
	"slices"
	"time"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/inclusive"
	"github.com/simstead/simstead/internal/stream"
)

// planned is an organisation of the file with what the database knows of it.
type planned struct {
	Organisation
	at      string
	kind    int64
	parent  *planned           // nil: the operator
	id      int64              // 0: not made yet
	network string             // of its address space
	limit   *int64             // monthly cost limit, 1e-10
	volumes []inclusive.Volume // of InclusiveVolumes, in their order: without ids
	has     equipment
	user    int64 // its administrator, 0: not made yet
	cards   []card
	missing []card           // those of cards that the inventory does not have
	streams []*stream.Stream // of DataStreams, in their order; id 0: not made yet
}

func (o *planned) enterprise() bool { return o.kind == account.Enterprise }

// checkOrganisations says what is wrong with them in themselves and among each other.
func (r *run) checkOrganisations() {
	byName := map[string]*planned{}
	iccids, imsis := map[string]string{}, map[string]string{}
	for i, o := range r.file.Organisations {
		p := &planned{Organisation: o, at: place("organisations", i, o.Name)}
		if !isName(o.Name) {
			r.bad(p.at+".name", "a name of at most %d characters is required", maxName)
		}
		if byName[o.Name] != nil {
			r.bad(p.at, "the name comes twice")
		}
		r.checkPlace(p, byName)
		r.checkFields(p)
		r.checkStreams(p)
		if p.enterprise() {
			r.checkVolumes(p)
			r.checkFleet(p)
			r.readFleet(p, iccids, imsis)
		} else if o.AddressSpace != "" || len(o.DNS) > 0 || o.SIMs != "" || len(o.InclusiveVolumes) > 0 {
			r.bad(p.at, "only an enterprise has inclusive_volumes, address_space, dns and sims")
		}
		byName[o.Name] = p
		r.planned = append(r.planned, p)
	}
}

// checkPlace finds an organisation's place in the tree.
func (r *run) checkPlace(p *planned, byName map[string]*planned) {
	switch p.Type {
	case "reseller":
		p.kind = account.Reseller
		if p.Parent != "" {
			r.bad(p.at+".parent", "a reseller stands below the operator: leave it out")
		}
	case "enterprise":
		p.kind = account.Enterprise
		p.parent = byName[p.Parent]
		if p.Parent != "" && (p.parent == nil || p.parent.kind != account.Reseller) {
			r.bad(p.at+".parent", "there is no reseller %q above this in the file", p.Parent)
		}
	default:
		r.bad(p.at+".type", "%q is neither reseller nor enterprise", p.Type)
	}
}

func (r *run) checkFields(p *planned) {
	if _, ok := r.currencies[p.Currency]; !ok {
		r.bad(p.at+".currency", "there is no currency %q", p.Currency)
	}
	if _, err := time.LoadLocation(p.TimeZone); err != nil || p.TimeZone == "Local" {
		r.bad(p.at+".time_zone", "%q is not an IANA name such as Europe/Berlin", p.TimeZone)
	}
	if p.MonthlyCostLimit != "" {
		limit := r.amount(p.at+".monthly_cost_limit", p.MonthlyCostLimit)
		p.limit = &limit
	}
	for i, name := range p.Tariffs {
		if _, ok := r.tariffs[name]; !ok {
			r.bad(p.at+".tariffs", "there is no tariff %q", name)
		}
		if slices.Contains(p.Tariffs[:i], name) {
			r.bad(p.at+".tariffs", "%q comes twice", name)
		}
	}
	if address, err := mail.ParseAddress(p.Administrator); p.Administrator != "" && (err != nil || address.Address != p.Administrator || len(p.Administrator) > 254) {
		r.bad(p.at+".administrator", "%q is not an e-mail address", p.Administrator)
	}
}

// checkFleet checks what only enterprises have.
func (r *run) checkFleet(p *planned) {
	p.network = p.AddressSpace
	if p.network == "" {
		p.network = "100.64.0.0/16"
	}
	if network, err := netip.ParsePrefix(p.network); err == nil {
		p.network = network.String() // what is wrong with it is found when it is tried
	}
	if len(p.DNS) > 2 {
		r.bad(p.at+".dns", "at most two servers expected")
	}
	for _, server := range p.DNS {
		if a, err := netip.ParseAddr(server); err != nil || !a.Is4() {
			r.bad(p.at+".dns", "%q is not an IPv4 address", server)
		}
	}
	if p.SIMs != "" && len(p.Tariffs) == 0 {
		r.bad(p.at+".sims", "an enterprise with SIMs needs a tariff")
	}
}

// readFleet reads the file of SIMs. No card may come twice, also not in the files of two organisations.
func (r *run) readFleet(p *planned, iccids, imsis map[string]string) {
	if p.SIMs == "" {
		return
	}
	path := p.SIMs
	if !filepath.IsAbs(path) {
		path = filepath.Join(r.file.folder, path)
	}
	var err error
	if p.cards, err = readCards(path); err != nil {
		r.bad(p.at+".sims", "%s: %w", p.SIMs, err)
	}
	var twice []error
	for _, c := range p.cards {
		for _, key := range []struct {
			seen       map[string]string
			name, text string
		}{{iccids, "ICCID", c.iccid}, {imsis, "IMSI", c.imsi}} {
			if where := key.seen[key.text]; where != "" && len(twice) < maxWrong {
				twice = append(twice, c.wrong("%s %s is in %s already", key.name, key.text, where))
			}
			key.seen[key.text] = c.where(p.SIMs)
		}
	}
	if len(twice) > 0 {
		r.bad(p.at+".sims", "%s: %w", p.SIMs, errors.Join(twice...))
	}
}
