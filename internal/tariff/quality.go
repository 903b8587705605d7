package tariff

import (
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/network"
)

// Bandwidth is a maximum bitrate in bit/s each way; 0 is no limit.
type Bandwidth struct{ Up, Down int64 }

// definition is what the catalogue keeps of a PDP context definition.
type definition struct {
	id         int64
	bandwidths map[int64]Bandwidth // by RAT type
}

// Bandwidth is the most that a session may send and receive: what the APN's definition says for the RAT type, within what
// the tariff throttles to.
func (c *Catalogue) Bandwidth(tariff int64, apn string, rat int64) (b Bandwidth) {
	t := c.tariffs[tariff]
	if t == nil {
		return b
	}
	if d := t.apns[networkIdentifier(apn)]; d != nil {
		b = d.bandwidths[network.RATRules(rat)]
	}
	return b.Within(t.throttle)
}

// Definition is the id of the PDP context definition that a tariff has for an APN, 0 for none.
func (c *Catalogue) Definition(tariff int64, apn string) int64 {
	if t := c.tariffs[tariff]; t != nil && t.apns[networkIdentifier(apn)] != nil {
		return t.apns[networkIdentifier(apn)].id
	}
	return 0
}

// Within is the bandwidth kept to so many bit/s each way; 0 leaves it as it is.
func (b Bandwidth) Within(most int64) Bandwidth {
	within := func(v int64) int64 {
		if most > 0 && (v == 0 || v > most) {
			return most
		}
		return v
	}
	return Bandwidth{Up: within(b.Up), Down: within(b.Down)}
}

func (c *Catalogue) readQoS(q db.Queryer) error {
	byID := map[int64]map[int64]Bandwidth{}
	err := q.Each(func(r *db.Row) {
		id, rat := r.Int(), r.Int()
		if byID[id] == nil {
			byID[id] = map[int64]Bandwidth{}
		}
		byID[id][rat] = Bandwidth{Up: r.Int(), Down: r.Int()}
	}, `SELECT definition_id, rat_type_id, max_bandwidth_ul, max_bandwidth_dl FROM qos_definition`)
	for _, t := range c.tariffs {
		for _, d := range t.apns {
			if found := byID[d.id]; found != nil {
				d.bandwidths = found
			}
		}
	}
	return err
}
